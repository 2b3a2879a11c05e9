namespace DipPipeline.Messaging.Handling;

/// <summary>Receives messages of one kind. Resolved anew for each delivery, from a scope of its own.</summary>
/// <typeparam name="T">A message, or <see cref="IReadOnlyList{T}"/> of <see cref="Contracts.Messages.IJobEvent"/>.</typeparam>
public interface IMessageHandler<in T>
{
    /// <summary>
    /// Called on a thread of the pool; a Host's handler may run for minutes, as heart-beats do not wait for it. How it ends decides:
    /// <list type="bullet">
    /// <item>It returns: the message is acknowledged.</item>
    /// <item><paramref name="lost"/> is cancelled, however the handler ends: nothing is acknowledged, and the message is, or soon
    /// will be, in the queue again for whoever takes it.</item>
    /// <item>It throws <see cref="ReturnMessageException"/>: the message goes back to the queue.</item>
    /// <item>It throws anything else: the message goes to the queue's error queue (<c>restore-image_error</c>), once, with the
    /// exception in its headers, and is not delivered again. Of a batch of events, each is first handled alone, so that only those
    /// that fail by themselves go there.</item>
    /// </list>
    /// Any message can come more than once, and in another order than it was sent.
    /// </summary>
    /// <param name="lost">
    /// Cancelled when the delivery is no longer this handler's: the connection or channel it came on is gone, or the process stops and
    /// <see cref="MessagingOptions.ConsumerStopTimeout"/> has passed. That it stops is not told here before; a handler that wants to
    /// hand over in good order watches the application's lifetime. What it does from then on may happen beside whoever has the message
    /// next, which the handler itself must make sure is harmless. It is waited for no longer than half of what
    /// <see cref="MessagingOptions.StopTimeout"/> leaves beyond <see cref="MessagingOptions.ConsumerStopTimeout"/> (1.5 s by default), and
    /// 2 s at most.
    /// </param>
    Task HandleAsync(T message, Delivery delivery, CancellationToken lost);
}
