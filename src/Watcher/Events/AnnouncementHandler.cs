using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Handling;

namespace DipPipeline.Watcher;

/// <summary>A Host is there, or leaves.</summary>
internal sealed class AnnouncementHandler(LiveSlots slots, WatcherSignals signals) : IMessageHandler<HostAnnounced>
{
    /// <inheritdoc/>
    public Task HandleAsync(HostAnnounced message, Delivery delivery, CancellationToken lost)
    {
        slots.Note(message);
        signals.Publishing.Call();
        return Task.CompletedTask;
    }
}
