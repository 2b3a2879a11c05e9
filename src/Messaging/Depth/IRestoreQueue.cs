using System.Diagnostics.CodeAnalysis;

namespace DipPipeline.Messaging.Depth;

/// <summary>Looks into the queue of jobs without taking any.</summary>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue: the broker's.")]
public interface IRestoreQueue
{
    /// <summary>What lies in <c>restore-image</c> now; <see langword="null"/> while the broker cannot be asked (within 10 s).</summary>
    Task<QueueDepth?> DepthAsync(CancellationToken cancellationToken = default);
}

/// <param name="Ready">Messages that wait for a slot.</param>
/// <param name="Consumers">Hosts that are connected.</param>
/// <param name="Unacknowledged">Messages that handlers work on; <see langword="null"/> where the broker does not tell (RabbitMQ).</param>
public sealed record QueueDepth(int Ready, int Consumers, int? Unacknowledged);
