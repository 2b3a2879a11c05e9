namespace DipPipeline.Jobs.Schema;

/// <summary>How rows of a run are restored, which they need not repeat.</summary>
internal sealed class RunSettings
{
    public long RunId { get; set; }

    public int Number { get; set; }

    /// <summary>A <see cref="Runs.RowSettings"/> as JSON.</summary>
    public required string Settings { get; set; }
}
