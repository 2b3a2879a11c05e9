using DipPipeline.Jobs;
using DipPipeline.Jobs.Publishing;
using DipPipeline.Messaging.Sending;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Watcher;

/// <summary>Keeps at the broker what keeps the live slots busy, and no more: the catalogue is the queue.</summary>
internal sealed class Publisher(
    JobCatalogue catalogue, IPipelineBus bus, PipelineStorage storage, LiveSlots slots, ResultNotes notes, CancelSender cancels, IOptions<WatcherOptions> options, ILogger<Publisher> log)
{
    /// <summary>How many jobs the broker and the Hosts have at most.</summary>
    public int MostOutstanding => Math.Max(options.Value.MinimumOutstanding, options.Value.MessagesPerSlot * slots.Count);

    /// <summary>Publishes as many jobs as there is room for.</summary>
    public async Task FillAsync(CancellationToken cancellation)
    {
        var room = MostOutstanding - await catalogue.OutstandingAsync(cancellation).ConfigureAwait(false);
        if (room > 0 && await catalogue.TakeAsync(room, cancellation).ConfigureAwait(false) is { Count: > 0 } jobs)
        {
            await PublishAsync(jobs, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Publishes jobs that are queued already; what cannot be published waits again.</summary>
    public async Task PublishAsync(IReadOnlyList<QueuedJob> jobs, CancellationToken cancellation)
    {
        foreach (var job in jobs)
        {
            notes.Published(job.Message.JobId, job.Message.Output);
        }

        var unmarked = await Attempt(cancels.MarkAsync(cancellation)).ConfigureAwait(false);
        var uncleared = await ClearAsync([.. jobs.Where(j => j.ClearState)], cancellation).ConfigureAwait(false);

        // Sent in order, confirmed together: the broker's disk is waited for once, not for each. Not given up half-way when the process
        // stops: what was sent may have arrived, and the bus has a time-out of its own.
        var sending = jobs.Select(j => (Job: j, Error: (unmarked ?? uncleared.GetValueOrDefault(j)) is { } error
            ? Task.FromResult<Exception?>(error) : Attempt(bus.SendAsync(j.Message, CancellationToken.None)))).ToArray();
        await Task.WhenAll(sending.Select(s => s.Error)).ConfigureAwait(false);
        var failed = sending.Where(s => s.Error.Result is not null).ToArray();
        Log.Published(log, jobs.Count - failed.Length);
        if (failed.Length > 0)
        {
            // Also when this process is about to stop: otherwise they would wait for the next reconciliation.
            await catalogue.ReturnAsync([.. failed.Select(s => s.Job.Message.JobId)], CancellationToken.None).ConfigureAwait(false);
            cancellation.ThrowIfCancellationRequested();
            throw new IOException($"{failed.Length} of {jobs.Count} jobs could not be published; they wait again.", failed[0].Error.Result);
        }
    }

    /// <summary>Removes what earlier generations left in storage, and notes it before their successors are sent: done again, it would be theirs.</summary>
    /// <returns>Those that it could not be done for.</returns>
    private async Task<IReadOnlyDictionary<QueuedJob, Exception>> ClearAsync(IReadOnlyCollection<QueuedJob> jobs, CancellationToken cancellation)
    {
        var clearing = jobs.Select(j => (Job: j, Error: Attempt(storage.State(j.Message.JobId).RemoveAsync(cancellation)))).ToArray();
        await Task.WhenAll(clearing.Select(c => c.Error)).ConfigureAwait(false);
        if (clearing.Where(c => c.Error.Result is null).Select(c => c.Job.Message.JobId).ToArray() is { Length: > 0 } cleared)
        {
            await catalogue.StateClearedAsync(cleared, CancellationToken.None).ConfigureAwait(false);
        }

        return clearing.Where(c => c.Error.Result is not null).ToDictionary(c => c.Job, c => c.Error.Result!);
    }

    private static async Task<Exception?> Attempt(Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
            return null;
        }
        catch (Exception e)
        {
            return e; // Each job by itself: what became of the others counts as well.
        }
    }
}
