using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Events;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Applies what Hosts say, in order, all or none. Nothing moves a job backwards: events of another generation or an older slice,
    /// repeated ones, and those after an end are passed over. One exception: a result that is in storage is a fact, so
    /// <see cref="RestorationCompleted"/> replaces a failure or cancellation of the same generation, which were only judgements.
    /// </summary>
    /// <returns>One for each event, in their order.</returns>
    public Task<IReadOnlyList<EventOutcome>> ApplyAsync(IReadOnlyList<IJobEvent> events, CancellationToken cancellationToken = default) =>
        WriteAsync<IReadOnlyList<EventOutcome>>(async context =>
        {
            var batch = await EventBatch.LoadAsync(context, events, _options, _time.GetUtcNow(), cancellationToken);
            EventOutcome[] outcomes = [.. events.Select(batch.Apply)];
            await batch.WriteAsync(cancellationToken);
            return outcomes;
        }, cancellationToken);

    /// <inheritdoc cref="ApplyAsync(IReadOnlyList{IJobEvent}, CancellationToken)"/>
    public async Task<EventOutcome> ApplyAsync(IJobEvent jobEvent, CancellationToken cancellationToken = default) =>
        (await ApplyAsync([jobEvent], cancellationToken))[0];
}
