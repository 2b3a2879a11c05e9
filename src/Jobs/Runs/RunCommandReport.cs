namespace DipPipeline.Jobs.Runs;

/// <summary>What a person's command did to a run.</summary>
/// <param name="Changed"><see langword="false"/> where it stood so already.</param>
/// <param name="Rows">Rows, or jobs of them, that it moved.</param>
public sealed record RunCommandReport(string Name, bool Changed, int Rows);
