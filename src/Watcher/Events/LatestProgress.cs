using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Messaging.Handling;

namespace DipPipeline.Watcher;

/// <summary>The last word about each running job, until it is written: twice a second from hundreds of slots is more than a catalogue needs.</summary>
internal sealed class LatestProgress
{
    private readonly Lock _lock = new();
    private Dictionary<string, IJobEvent> _latest = new(StringComparer.Ordinal);

    public void Note(RestorationProgressed progress)
    {
        lock (_lock)
        {
            _latest[progress.JobId] = progress;
        }
    }

    /// <summary>Writes what there is; progress that cannot be written is lost without harm.</summary>
    public async Task WriteAsync(JobCatalogue catalogue, CancellationToken cancellation)
    {
        Dictionary<string, IJobEvent> taken;
        lock (_lock)
        {
            (taken, _latest) = (_latest, new(StringComparer.Ordinal));
        }

        if (taken.Count > 0)
        {
            await catalogue.ApplyAsync([.. taken.Values], cancellation).ConfigureAwait(false);
        }
    }
}

/// <summary>Progress is only kept: <see cref="LatestProgress"/> is written once a second.</summary>
internal sealed class ProgressHandler(LatestProgress progress, WatcherStatus status) : IMessageHandler<RestorationProgressed>
{
    /// <inheritdoc/>
    public Task HandleAsync(RestorationProgressed message, Delivery delivery, CancellationToken lost)
    {
        // Who stands by writes none.
        if (status.Role == WatcherRole.Leading)
        {
            progress.Note(message);
        }

        return Task.CompletedTask;
    }
}
