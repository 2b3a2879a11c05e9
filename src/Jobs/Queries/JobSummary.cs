namespace DipPipeline.Jobs.Queries;

/// <summary>A line of a list of jobs.</summary>
public sealed record JobSummary
{
    public required string JobId { get; init; }
    public required string Task { get; init; }
    public required JobState State { get; init; }

    /// <summary>The picture, relative to the inputs.</summary>
    public required string Path { get; init; }

    /// <summary>The result, relative to the results.</summary>
    public required string Output { get; init; }

    public required int Priority { get; init; }
    public required int Generation { get; init; }
    public required int Slice { get; init; }

    /// <summary>Its Host was asked to stop and has not yet answered.</summary>
    public required bool IsCancelling { get; init; }

    public required DateTimeOffset EnteredAt { get; init; }
    public DateTimeOffset? PublishedAt { get; init; }

    /// <summary>A deferred job waits until then.</summary>
    public DateTimeOffset? DueAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Who works, or last worked, on it.</summary>
    public string? Host { get; init; }

    /// <summary>Why it stands where it stands.</summary>
    public string? Reason { get; init; }

    /// <summary>The last word of its Host.</summary>
    public JobProgress? Progress { get; init; }
}

/// <inheritdoc cref="Contracts.Messages.RestorationProgressed"/>
public sealed record JobProgress(int Iteration, int Iterations, double IterationsPerSecond, double RemainingSeconds, double Energy);
