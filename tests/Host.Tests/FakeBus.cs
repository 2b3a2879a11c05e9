using System.Collections.Concurrent;
using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Sending;

namespace DipPipeline.Host.Tests;

/// <summary>Keeps what was sent.</summary>
internal sealed class FakeBus : IPipelineBus, IRestoreQueue, IBusHealth
{
    public ConcurrentQueue<object> Sent { get; } = new();

    public IReadOnlyList<IJobEvent> Events => [.. Sent.OfType<IJobEvent>().Where(e => e is not RestorationProgressed)];

    public IReadOnlyList<RestoreImage> Continuations => [.. Sent.OfType<RestoreImage>()];

    public Task SendAsync(RestoreImage command, CancellationToken cancellationToken = default) => Keep(command, cancellationToken);

    public Task SendAsync(SubmitRestoration command, CancellationToken cancellationToken = default) => Keep(command, cancellationToken);

    public Task PublishAsync(IJobEvent jobEvent, CancellationToken cancellationToken = default) => Keep(jobEvent, cancellationToken);

    public Task PublishAsync(CancelRestoration command, CancellationToken cancellationToken = default) => Keep(command, cancellationToken);

    public void PublishTransient(RestorationProgressed progress) => Sent.Enqueue(progress);

    public void PublishTransient(HostAnnounced announcement) => Sent.Enqueue(announcement);

    /// <summary>The broker is there and confirms nothing.</summary>
    public bool IsMute { get; set; }

    public Task<QueueDepth?> DepthAsync(CancellationToken cancellationToken = default) => Task.FromResult<QueueDepth?>(new QueueDepth(0, 1, null));

    public BusStatus Check() => new(!IsMute, "");

    public Task WaitUntilConnectedAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;

    /// <summary>Runs before a message is kept.</summary>
    public Func<object, CancellationToken, Task>? Sending { get; set; }

    private async Task Keep(object message, CancellationToken cancellation)
    {
        if (Sending is { } sending)
        {
            await sending(message, cancellation);
        }

        if (IsMute)
        {
            throw new NotConfirmedException("not confirmed");
        }

        Sent.Enqueue(message);
    }
}
