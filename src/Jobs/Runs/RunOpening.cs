namespace DipPipeline.Jobs.Runs;

/// <summary>A run that rows may be entered into.</summary>
/// <param name="Run">Its key.</param>
/// <param name="LastRow">The number of the last row that is there; 0 where there is none.</param>
/// <param name="IsEntered">All of them are there.</param>
public sealed record RunOpening(long Run, int LastRow, bool IsEntered);
