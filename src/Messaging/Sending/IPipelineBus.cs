using DipPipeline.Contracts.Messages;

namespace DipPipeline.Messaging.Sending;

/// <summary>
/// Sends messages; any thread may. Durable ones return when the broker has them on disk in their queue, and otherwise throw
/// <see cref="NotConfirmedException"/>; in memory they return when they are in the queue of this process.
/// </summary>
public interface IPipelineBus
{
    /// <exception cref="NotConfirmedException">It may have arrived nonetheless: sending again can deliver it twice.</exception>
    Task SendAsync(RestoreImage command, CancellationToken cancellationToken = default);

    /// <inheritdoc cref="SendAsync(RestoreImage, CancellationToken)"/>
    Task SendAsync(SubmitRestoration command, CancellationToken cancellationToken = default);

    /// <summary>Every job event but <see cref="RestorationProgressed"/>, which is transient (<see cref="ArgumentException"/>).</summary>
    /// <inheritdoc cref="SendAsync(RestoreImage, CancellationToken)"/>
    Task PublishAsync(IJobEvent jobEvent, CancellationToken cancellationToken = default);

    /// <summary>To every Host that is connected now; confirmed by the broker, but kept for no one.</summary>
    /// <inheritdoc cref="SendAsync(RestoreImage, CancellationToken)"/>
    Task PublishAsync(CancelRestoration command, CancellationToken cancellationToken = default);

    /// <summary>Returns at once and never throws: dropped where the broker is away, too slow, or nobody listens.</summary>
    void PublishTransient(RestorationProgressed progress);

    /// <inheritdoc cref="PublishTransient(RestorationProgressed)"/>
    void PublishTransient(HostAnnounced announcement);
}
