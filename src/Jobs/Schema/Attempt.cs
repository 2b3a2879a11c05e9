using DipPipeline.Jobs.Queries;

namespace DipPipeline.Jobs.Schema;

/// <summary>One Host's work on one slice of a job.</summary>
internal sealed class Attempt
{
    public long JobNumber { get; set; }

    public int Generation { get; set; }

    /// <summary>From 1 within the generation.</summary>
    public int Number { get; set; }

    public required string Host { get; set; }

    public int Slice { get; set; }

    /// <summary>By the Host's clock.</summary>
    public DateTimeOffset StartedAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    public AttemptOutcome? Outcome { get; set; }

    public string? Reason { get; set; }
}
