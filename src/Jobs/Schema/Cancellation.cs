namespace DipPipeline.Jobs.Schema;

/// <summary>A Host is still to be told to stop: kept until the Watcher says that it was.</summary>
internal sealed class Cancellation
{
    public required string JobId { get; set; }

    public int Generation { get; set; }

    public DateTimeOffset RequestedAt { get; set; }
}
