using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Depth;
using MassTransit;

namespace DipPipeline.Messaging.Handling;

/// <summary>
/// Jobs to their handler, never more at once than there are slots: also when a channel was lost, and the broker delivers again while
/// an old handler has not ended yet.
/// </summary>
internal sealed class JobHandling(Deliveries deliveries, int slots, InMemoryRestoreQueue? depth) : IDisposable
{
    private readonly SemaphoreSlim _free = new(slots, slots);

    public Task HandleAsync(ConsumeContext<RestoreImage> context) =>
        deliveries.EndAsync(context, () => InSlotAsync(context));

    public void Dispose() => _free.Dispose();

    private async Task InSlotAsync(ConsumeContext<RestoreImage> context)
    {
        await _free.WaitAsync(context.CancellationToken).ConfigureAwait(false);
        depth?.Begun();
        try
        {
            await deliveries.CallAsync(context.Message, deliveries.DeliveryOf(context), context.CancellationToken).ConfigureAwait(false);
        }
        finally
        {
            depth?.Ended();
            _free.Release();
        }
    }
}
