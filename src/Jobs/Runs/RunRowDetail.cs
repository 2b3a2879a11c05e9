using DipPipeline.Contracts.Results;

namespace DipPipeline.Jobs.Runs;

/// <summary>All that is known of a row.</summary>
public sealed record RunRowDetail
{
    public required ManifestRow Row { get; init; }
    public required RowSettings Settings { get; init; }
    public required RowState State { get; init; }

    /// <summary><see langword="null"/> before it is hashed.</summary>
    public string? JobId { get; init; }

    /// <summary>Why it ended as it did.</summary>
    public string? Reason { get; init; }

    /// <summary>Of a row with a result.</summary>
    public RestorationMetrics? Metrics { get; init; }
}
