using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs.Copies;

namespace DipPipeline.Jobs.Queries;

/// <summary>Everything the catalogue knows of a job.</summary>
public sealed record JobDetail
{
    public required JobSummary Summary { get; init; }
    public required string PluginVersion { get; init; }
    public required string Preset { get; init; }
    public required IReadOnlyDictionary<string, string> Options { get; init; }
    public required long Seed { get; init; }
    public required SourceFile Picture { get; init; }
    public required IReadOnlyDictionary<string, SourceFile> Companions { get; init; }

    /// <summary>The output paths that its result belongs at.</summary>
    public required IReadOnlyList<JobPlacement> Placements { get; init; }

    /// <summary>Of every generation, oldest first.</summary>
    public required IReadOnlyList<JobAttempt> Attempts { get; init; }

    /// <summary>Of a failed job: one sentence for each attempt without a result.</summary>
    public required IReadOnlyList<string> History { get; init; }

    /// <summary>Of a completed job.</summary>
    public RestorationMetrics? Metrics { get; init; }
}

public sealed record JobPlacement(string Output, string SourcePath, int Generation, PlacementState State, DateTimeOffset? CopiedAt);

/// <summary>One Host's work on one slice; times by that Host's clock.</summary>
/// <param name="Number">From 1 within the generation.</param>
/// <param name="Outcome"><see langword="null"/> while it lasts.</param>
public sealed record JobAttempt(
    int Generation, int Number, string Host, int Slice, DateTimeOffset StartedAt, DateTimeOffset? EndedAt, AttemptOutcome? Outcome, string? Reason);

/// <summary>How many jobs of a task are in a state.</summary>
public sealed record StateCount(string Task, JobState State, int Count);
