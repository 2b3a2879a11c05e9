namespace DipPipeline.Jobs.Schema;

/// <summary>A request to enter pictures, kept until the Watcher says that it did.</summary>
internal sealed class Submission
{
    public long Number { get; set; }

    /// <summary>A <see cref="Contracts.Messages.SubmitRestoration"/> as JSON.</summary>
    public required string Request { get; set; }

    public DateTimeOffset At { get; set; }
}
