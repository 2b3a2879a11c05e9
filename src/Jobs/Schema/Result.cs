namespace DipPipeline.Jobs.Schema;

/// <summary>What came out of a completed job; a table of its own, for the jobs' to stay narrow.</summary>
internal sealed class Result
{
    public long JobNumber { get; set; }

    /// <summary>A <see cref="Contracts.Results.RestorationMetrics"/> as JSON.</summary>
    public required string Metrics { get; set; }
}
