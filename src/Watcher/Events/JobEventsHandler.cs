using System.Data.Common;
using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Messaging.Handling;

namespace DipPipeline.Watcher;

/// <summary>What Hosts say goes into the catalogue; whoever leads acts on it.</summary>
internal sealed class JobEventsHandler(JobCatalogue catalogue, WatcherSignals signals, ResultNotes notes, QueueFront front) : IMessageHandler<IReadOnlyList<IJobEvent>>
{
    /// <inheritdoc/>
    public async Task HandleAsync(IReadOnlyList<IJobEvent> message, Delivery delivery, CancellationToken lost)
    {
        var outcomes = await CatalogueAway.GuardAsync(() => catalogue.ApplyAsync(message, lost)).ConfigureAwait(false);
        foreach (var outcome in outcomes.Where(o => o.Applied))
        {
            notes.Note(outcome.Event);
            if (outcome.TakenOf is { } queuedAt)
            {
                front.Reached(queuedAt);
            }
        }

        signals.CatalogueChanged();
    }
}

/// <summary>Makes a message wait in its queue while the catalogue is away, instead of ending among the broken ones.</summary>
internal static class CatalogueAway
{
    /// <exception cref="ReturnMessageException">The catalogue cannot be used now.</exception>
    public static async Task<T> GuardAsync<T>(Func<Task<T>> use)
    {
        try
        {
            return await use().ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or IOException or TimeoutException || e.GetBaseException() is DbException or IOException or TimeoutException)
        {
            throw new ReturnMessageException($"The catalogue cannot be used: {e.GetBaseException().Message}", e);
        }
    }
}
