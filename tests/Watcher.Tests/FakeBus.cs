using System.Threading.Channels;
using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Sending;

namespace DipPipeline.Watcher.Tests;

/// <summary>A broker that keeps what it is sent for the test to take.</summary>
internal sealed class FakeBus : IPipelineBus, IRestoreQueue, IBusHealth
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Channel<RestoreImage> _jobs = Channel.CreateUnbounded<RestoreImage>();
    private readonly Channel<CancelRestoration> _cancels = Channel.CreateUnbounded<CancelRestoration>();
    private int _sent;

    /// <summary>Messages accepted.</summary>
    public int Sent => _sent;

    /// <summary>Sending fails while it is set.</summary>
    public volatile bool IsAway;

    /// <summary>What the queue says.</summary>
    public volatile int Ready;

    public async Task<RestoreImage> NextAsync() => await _jobs.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience, TestContext.Current.CancellationToken);

    public async Task<RestoreImage[]> NextAsync(int count)
    {
        var jobs = new RestoreImage[count];
        for (var i = 0; i < count; i++)
        {
            jobs[i] = await NextAsync();
        }

        return jobs;
    }

    public async Task<CancelRestoration> NextCancelAsync() => await _cancels.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(s_patience, TestContext.Current.CancellationToken);

    public Task SendAsync(RestoreImage command, CancellationToken cancellationToken = default)
    {
        if (IsAway)
        {
            return Task.FromException(new IOException("The broker is away."));
        }

        Interlocked.Increment(ref _sent);
        _jobs.Writer.TryWrite(command);
        return Task.CompletedTask;
    }

    public Task SendAsync(SubmitRestoration command, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task PublishAsync(IJobEvent jobEvent, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task PublishAsync(CancelRestoration command, CancellationToken cancellationToken = default)
    {
        _cancels.Writer.TryWrite(command);
        return Task.CompletedTask;
    }

    public void PublishTransient(RestorationProgressed progress) => throw new NotSupportedException();

    public void PublishTransient(HostAnnounced announcement) => throw new NotSupportedException();

    public Task<QueueDepth?> DepthAsync(CancellationToken cancellationToken = default) => Task.FromResult<QueueDepth?>(new QueueDepth(Ready, 1, null));

    public BusStatus Check() => new(!IsAway, IsAway ? "The broker is away." : "It is there.");

    public Task WaitUntilConnectedAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
}
