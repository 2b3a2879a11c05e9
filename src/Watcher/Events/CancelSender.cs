using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Messaging.Sending;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>Has Hosts stop what nobody wants any more: the marker in storage first, as only that is sure to be seen.</summary>
internal sealed class CancelSender(JobCatalogue catalogue, IPipelineBus bus, PipelineStorage storage, ILogger<CancelSender> log)
{
    /// <summary>
    /// Writes the markers of all that is to stop. To be done between taking from the catalogue what is to be made for an output and
    /// making it: what a newer job displaces must be able to find out before the newer one begins.
    /// </summary>
    public async Task MarkAsync(CancellationToken cancellation)
    {
        foreach (var cancel in await catalogue.CancelRequestsAsync(cancellation).ConfigureAwait(false))
        {
            await MarkAsync(cancel, cancellation).ConfigureAwait(false);
        }
    }

    public async Task SendAsync(CancellationToken cancellation)
    {
        foreach (var cancel in await catalogue.CancelRequestsAsync(cancellation).ConfigureAwait(false))
        {
            await MarkAsync(cancel, cancellation).ConfigureAwait(false);
            await bus.PublishAsync(cancel, cancellation).ConfigureAwait(false);
            await catalogue.CancelSentAsync([cancel], cancellation).ConfigureAwait(false);
            Log.CancelSent(log, cancel.JobId, cancel.Generation);
        }
    }

    private async Task MarkAsync(CancelRestoration cancel, CancellationToken cancellation) =>
        await storage.State(cancel.JobId).CancelAsync(new CancelMark(cancel.Generation, await ReasonAsync(cancel, cancellation).ConfigureAwait(false)), cancellation).ConfigureAwait(false);

    private async Task<string> ReasonAsync(CancelRestoration cancel, CancellationToken cancellation) =>
        (await catalogue.FindAsync(cancel.JobId, cancellation).ConfigureAwait(false))?.Summary.Reason ?? "Cancelled.";
}
