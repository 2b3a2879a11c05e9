using DipPipeline.Jobs;
using DipPipeline.Messaging;
using DipPipeline.Messaging.Depth;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

/// <summary>
/// Finds jobs that the broker has lost: published, never heard of again, and yet the queue is empty (a broker rebuilt, a queue purged,
/// a bus in memory that ended with its process). They are published again; a message that is there twice does no harm.
/// </summary>
internal sealed class Reconciler(
    JobCatalogue catalogue, IRestoreQueue queue, Publisher publisher, IOptions<WatcherOptions> options, IOptions<MessagingOptions> messaging, ILogger<Reconciler> log)
{
    /// <summary>When this process begins to lead, before it publishes anything.</summary>
    public Task TakeOverAsync(CancellationToken cancellation) =>
        // What an earlier process had in its memory, nobody has.
        messaging.Value.RabbitMq is null ? RepublishAsync(TimeSpan.Zero, cancellation) : ReconcileAsync(cancellation);

    public async Task ReconcileAsync(CancellationToken cancellation)
    {
        if (await queue.DepthAsync(cancellation).ConfigureAwait(false) is { Ready: 0 })
        {
            await RepublishAsync(options.Value.SilentAfter, cancellation).ConfigureAwait(false);
        }
    }

    private async Task RepublishAsync(TimeSpan silentFor, CancellationToken cancellation)
    {
        if (await catalogue.TakeSilentAsync(silentFor, cancellation).ConfigureAwait(false) is { Count: > 0 } jobs)
        {
            Log.PublishedAgain(log, jobs.Count);
            await publisher.PublishAsync(jobs, cancellation).ConfigureAwait(false);
        }
    }
}
