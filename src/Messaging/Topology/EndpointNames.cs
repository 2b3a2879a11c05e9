namespace DipPipeline.Messaging.Topology;

/// <summary>
/// Every queue and exchange of the pipeline. A durable queue and the fanout exchange that feeds it have one name; with it go
/// <c>_dead</c> (delivered too often) and MassTransit's <c>_error</c> (a handler threw) and <c>_skipped</c> (of a type that nobody here
/// handles).
/// </summary>
public static class EndpointNames
{
    /// <summary>Jobs, taken by whichever Host has a free slot.</summary>
    public const string RestoreImage = "restore-image";

    /// <summary>What Hosts say about jobs, kept until the Watcher has it.</summary>
    public const string JobEvents = "job-events";

    /// <summary>Pictures that the Watcher is to enter.</summary>
    public const string Submissions = "submit-restoration";

    /// <summary>Exchange to every connected Host.</summary>
    public const string Cancellations = "cancel-restoration";

    /// <summary>Exchange of progress and announcements, to every connected Watcher.</summary>
    public const string Live = "live-events";

    /// <summary>After the name of a durable queue: what was delivered more often than <see cref="DurableQueue.DeliveryLimit"/>.</summary>
    public const string DeadSuffix = "_dead";

    /// <summary>After the name of a durable queue: what a handler threw on.</summary>
    public const string ErrorSuffix = "_error";

    /// <summary>A queue that goes with this process's connection.</summary>
    internal static string Temporary(string exchange) => $"{exchange}.{Guid.NewGuid():N}";
}
