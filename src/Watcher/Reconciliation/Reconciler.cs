using DipPipeline.Jobs;
using DipPipeline.Jobs.Publishing;
using DipPipeline.Messaging;
using DipPipeline.Messaging.Depth;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

/// <summary>
/// Finds jobs that the broker has lost, and publishes them again; a message that is there twice does no harm. Lost is what was published
/// and never heard of again although the queue is empty (a broker rebuilt, a queue purged, a bus in memory that ended with its process);
/// and, however long the queue is, what was passed over in it (a Watcher that died before it sent what it had entered as queued), and
/// what is said to run while nobody works on it.
/// </summary>
internal sealed class Reconciler(
    JobCatalogue catalogue, IRestoreQueue queue, Publisher publisher, QueueFront front, SignsOfLife signs, IOptions<WatcherOptions> options,
    IOptions<MessagingOptions> messaging, ILogger<Reconciler> log)
{
    /// <summary>When this process begins to lead, before it publishes anything.</summary>
    public Task TakeOverAsync(CancellationToken cancellation) =>
        // What an earlier process had in its memory, nobody has.
        messaging.Value.RabbitMq is null ? RepublishSilentAsync(TimeSpan.Zero, cancellation) : ReconcileAsync(cancellation);

    public async Task ReconcileAsync(CancellationToken cancellation)
    {
        // Looked at each time, so that there is something to look back to.
        var passed = front.LookBack(options.Value.LostAfter);
        if (await queue.DepthAsync(cancellation).ConfigureAwait(false) is not { } depth)
        {
            return;
        }

        if (depth.Ready == 0)
        {
            await RepublishSilentAsync(options.Value.SilentAfter, cancellation).ConfigureAwait(false);
        }

        await RepublishLostAsync(passed, cancellation).ConfigureAwait(false);
    }

    private async Task RepublishSilentAsync(TimeSpan silentFor, CancellationToken cancellation) =>
        await PublishAsync(await catalogue.TakeSilentAsync(silentFor, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);

    /// <param name="passed">What came into the queue before was passed over long ago.</param>
    private async Task RepublishLostAsync(DateTimeOffset passed, CancellationToken cancellation)
    {
        var silent = await catalogue.SilentAsync(options.Value.LostAfter, cancellation).ConfigureAwait(false);
        var lost = silent.Where(job => !job.IsRunning && job.Since < passed).Select(job => job.JobId)
            .Concat(await signs.MissingAsync(silent.Where(job => job.IsRunning).Select(job => job.JobId), cancellation).ConfigureAwait(false))
            .ToArray();
        if (lost.Length > 0)
        {
            await PublishAsync(await catalogue.TakeLostAsync(lost, options.Value.LostAfter, cancellation).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }
    }

    private async Task PublishAsync(IReadOnlyList<QueuedJob> jobs, CancellationToken cancellation)
    {
        if (jobs.Count > 0)
        {
            Log.PublishedAgain(log, jobs.Count);
            await publisher.PublishAsync(jobs, cancellation).ConfigureAwait(false);
        }
    }
}
