using DipPipeline.Jobs.Copies;

namespace DipPipeline.Jobs.Schema;

/// <summary>Which job's result belongs at an output path.</summary>
internal sealed class Placement
{
    public required string Output { get; set; }

    public required string SourcePath { get; set; }

    public required string JobId { get; set; }

    /// <summary>Counts what was to be written here, from 1.</summary>
    public int Generation { get; set; }

    public PlacementState State { get; set; }

    public DateTimeOffset? CopiedAt { get; set; }
}
