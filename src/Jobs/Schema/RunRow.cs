using DipPipeline.Jobs.Runs;

namespace DipPipeline.Jobs.Schema;

/// <summary>A picture of a run. It has no job before it is hashed, and follows its job from then on.</summary>
internal sealed class RunRow
{
    public long RunId { get; set; }

    public int Number { get; set; }

    /// <summary>The number of its <see cref="RunSettings"/>.</summary>
    public int Settings { get; set; }

    public required string Path { get; set; }

    public string? Mask { get; set; }

    public required string Output { get; set; }

    public int Priority { get; set; }

    public RowState State { get; set; }

    /// <summary>A job of it that has failed is to be tried again.</summary>
    public bool Retry { get; set; }

    public string? JobId { get; set; }

    /// <summary>Why it ended as it did; one sentence.</summary>
    public string? Reason { get; set; }
}
