using System.Collections.Concurrent;
using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Sending;

namespace DipPipeline.Host.Tests;

/// <summary>Keeps what was sent.</summary>
internal sealed class FakeBus : IPipelineBus
{
    public ConcurrentQueue<object> Sent { get; } = new();

    public IReadOnlyList<IJobEvent> Events => [.. Sent.OfType<IJobEvent>().Where(e => e is not RestorationProgressed)];

    public IReadOnlyList<RestoreImage> Continuations => [.. Sent.OfType<RestoreImage>()];

    public Task SendAsync(RestoreImage command, CancellationToken cancellationToken = default) => Keep(command);

    public Task SendAsync(SubmitRestoration command, CancellationToken cancellationToken = default) => Keep(command);

    public Task PublishAsync(IJobEvent jobEvent, CancellationToken cancellationToken = default) => Keep(jobEvent);

    public Task PublishAsync(CancelRestoration command, CancellationToken cancellationToken = default) => Keep(command);

    public void PublishTransient(RestorationProgressed progress) => Sent.Enqueue(progress);

    public void PublishTransient(HostAnnounced announcement) => Sent.Enqueue(announcement);

    /// <summary>The broker is there and confirms nothing.</summary>
    public bool IsMute { get; set; }

    private Task Keep(object message)
    {
        if (IsMute)
        {
            return Task.FromException(new NotConfirmedException("not confirmed"));
        }

        Sent.Enqueue(message);
        return Task.CompletedTask;
    }
}
