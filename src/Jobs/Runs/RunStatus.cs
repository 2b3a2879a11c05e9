namespace DipPipeline.Jobs.Runs;

/// <summary>How an archive run stands.</summary>
public sealed record RunStatus
{
    public required string Name { get; init; }

    /// <summary>The manifest, as it was named.</summary>
    public required string Origin { get; init; }

    public required RunState State { get; init; }

    /// <summary>Every row has ended.</summary>
    public required bool IsDone { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? EndedAt { get; init; }

    public required int Rows { get; init; }

    /// <summary>Not looked at yet.</summary>
    public required int Pending { get; init; }

    /// <summary>Hashed, and about to be published; those whose result is still to be copied, too.</summary>
    public required int Waiting { get; init; }

    /// <summary>At the broker.</summary>
    public required int Queued { get; init; }

    public required int Running { get; init; }
    public required int Completed { get; init; }

    /// <summary>Their results stood there before the run came to them.</summary>
    public required int AlreadyDone { get; init; }

    public required int Rejected { get; init; }
    public required int Failed { get; init; }
    public required int Cancelled { get; init; }

    /// <summary>Over the last ten minutes at most; absent while nothing is known, or nothing ends.</summary>
    public double? RowsPerHour { get; init; }

    /// <summary>What is left at this rate.</summary>
    public double? RemainingSeconds { get; init; }
}
