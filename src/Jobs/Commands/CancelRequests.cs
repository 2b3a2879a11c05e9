using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs.Commands;

/// <summary>What the Watcher is to tell the Hosts.</summary>
internal static class CancelRequests
{
    public static Task RequestCancelsAsync(this CatalogueContext context, IEnumerable<CancelRestoration> cancels, DateTimeOffset now, CancellationToken cancellationToken) =>
        context.InsertAsync(
            nameof(context.Cancellations),
            [nameof(Cancellation.JobId), nameof(Cancellation.Generation), nameof(Cancellation.RequestedAt)],
            "DO NOTHING",
            cancels.Select(c => new object?[] { c.JobId, c.Generation, now.UtcTicks }),
            cancellationToken);
}
