namespace DipPipeline.Contracts.Messages;

/// <summary>
/// To every Host: whoever works on the job stops within one iteration. Only makes it fast: the marker in storage, written before,
/// is what counts.
/// </summary>
/// <param name="Generation">This one and all before it.</param>
public sealed record CancelRestoration(string JobId, int Generation);
