using Microsoft.Extensions.Logging;

namespace DipPipeline.Messaging;

internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Debug, "The depth of the queue is unknown: {Reason}")]
    public static partial void DepthUnknown(ILogger log, string reason);

    [LoggerMessage(2, LogLevel.Information, "A {Message} goes back to the queue: {Reason}")]
    public static partial void Returned(ILogger log, string message, string reason);

    [LoggerMessage(3, LogLevel.Warning, "A delivery of {Message} was lost while it was handled; it will come again.")]
    public static partial void Lost(ILogger log, string message);

    [LoggerMessage(4, LogLevel.Warning, "A batch of {Count} job events failed; each is handled alone.")]
    public static partial void BatchFailed(ILogger log, Exception error, int count);

    [LoggerMessage(5, LogLevel.Debug, "A transient {Message} was dropped: {Reason}")]
    public static partial void Dropped(ILogger log, string message, string reason);

    [LoggerMessage(6, LogLevel.Information, "The broker lacks a queue; declaring the topology.")]
    public static partial void TopologyMissing(ILogger log);

    [LoggerMessage(7, LogLevel.Debug, "A handler of {Message} ended after its delivery was lost: {Reason}")]
    public static partial void EndedAfterLoss(ILogger log, string message, string reason);
}
