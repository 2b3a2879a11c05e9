namespace DipPipeline.Host;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Host '{Host}' is ready: {Slots} slot(s) of {Threads} thread(s) on {Device}; tasks: {Tasks}")]
    public static partial void Ready(this ILogger log, string host, int slots, int threads, string device, string tasks);

    [LoggerMessage(2, LogLevel.Information, "Job {Job}, generation {Generation}, slice {Slice}: {Outcome}")]
    public static partial void Outcome(this ILogger log, string job, int generation, int slice, string outcome);

    [LoggerMessage(3, LogLevel.Information, "Job {Job}: nothing to do, {Why}")]
    public static partial void NotNeeded(this ILogger log, string job, string why);

    [LoggerMessage(4, LogLevel.Warning, "Job {Job}: Host '{Owner}' gave no sign of life; taken over, crash {Crashes} in a row")]
    public static partial void OwnerIsDead(this ILogger log, string job, string owner, int crashes);

    [LoggerMessage(5, LogLevel.Warning, "Job {Job}: abandoned. {Why}")]
    public static partial void ClaimLost(this ILogger log, string job, string why);

    [LoggerMessage(6, LogLevel.Warning, "A sign of life of {Owner} could not be written: {Why}")]
    public static partial void BeatFailed(this ILogger log, string owner, string why);

    [LoggerMessage(7, LogLevel.Error, "Job {Job} failed for an unforeseen reason")]
    public static partial void Unforeseen(this ILogger log, string job, Exception e);

    [LoggerMessage(8, LogLevel.Information, "Job {Job}: {Notice}")]
    public static partial void Notice(this ILogger log, string job, string notice);

    [LoggerMessage(9, LogLevel.Information, "Removed the state of {Count} job(s) that nobody has touched for {Age}")]
    public static partial void Swept(this ILogger log, int count, TimeSpan age);

    [LoggerMessage(10, LogLevel.Warning, "Old state could not be looked for: {Why}")]
    public static partial void SweepFailed(this ILogger log, string why);

    [LoggerMessage(11, LogLevel.Information, "Idle for {Idle} with an empty queue: drained")]
    public static partial void Drained(this ILogger log, TimeSpan idle);

    [LoggerMessage(12, LogLevel.Warning, "Plugin '{Plugin}' cannot be used: {Reason}")]
    public static partial void PluginUnusable(this ILogger log, string plugin, string? reason);

    [LoggerMessage(13, LogLevel.Warning, "Job {Job}: its claim is released once the storage is back. {Why}")]
    public static partial void ReleaseLater(this ILogger log, string job, string why);

    [LoggerMessage(14, LogLevel.Debug, "Job {Job}: its claim cannot be released yet: {Why}")]
    public static partial void StillUnreleased(this ILogger log, string job, string why);

    [LoggerMessage(15, LogLevel.Warning, "Job {Job}: Host '{Owner}' ended under it; taken over, crash {Crashes} in a row. {Fault}")]
    public static partial void OwnerFailed(this ILogger log, string job, string owner, string fault, int crashes);

    [LoggerMessage(16, LogLevel.Critical, "Job {Job} failed, and so would every other: this Host ends, to be started anew. {Problem}")]
    public static partial void DeviceFailed(this ILogger log, string job, string problem, Exception e);

    [LoggerMessage(17, LogLevel.Error, "Left out: {Problem}")]
    public static partial void DeviceLeftOut(this ILogger log, string problem);
}
