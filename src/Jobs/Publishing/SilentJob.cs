namespace DipPipeline.Jobs.Publishing;

/// <summary>A job that is outstanding, and that nothing was heard of for a while.</summary>
/// <param name="IsRunning">A Host said that it works on it; else its message should wait in the queue.</param>
/// <param name="Since">When it was published or heard of last; of one in the queue, when it came into it.</param>
public sealed record SilentJob(string JobId, bool IsRunning, DateTimeOffset Since);
