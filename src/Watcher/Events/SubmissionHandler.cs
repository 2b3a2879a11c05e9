using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Messaging.Handling;

namespace DipPipeline.Watcher;

/// <summary>Submissions that came by the broker join those that were left in the catalogue, for whoever leads.</summary>
internal sealed class SubmissionHandler(JobCatalogue catalogue, WatcherSignals signals) : IMessageHandler<SubmitRestoration>
{
    /// <inheritdoc/>
    public async Task HandleAsync(SubmitRestoration message, Delivery delivery, CancellationToken lost)
    {
        await CatalogueAway.GuardAsync(async () =>
        {
            await catalogue.SubmitAsync(message, lost).ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
        signals.CatalogueChanged();
    }
}
