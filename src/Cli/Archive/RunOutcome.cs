using DipPipeline.Jobs.Runs;

namespace DipPipeline.Cli.Archive;

/// <summary>What <c>dip archive run</c> did.</summary>
/// <param name="Added">Rows that were not there yet.</param>
internal sealed record RunOutcome(string Name, int Rows, int Added, RunStatus Status);
