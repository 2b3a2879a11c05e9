using DipPipeline.Jobs.Publishing;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// The next jobs to publish: highest priority first, then in the order they came; deferred ones once they are due. They are queued
    /// when this returns: what is not published after all goes back by <see cref="ReturnAsync"/>, and what a crash keeps from being
    /// published comes again by <see cref="TakeSilentAsync"/>.
    /// </summary>
    /// <param name="count">At most so many.</param>
    public Task<IReadOnlyList<QueuedJob>> TakeAsync(int count, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var now = _time.GetUtcNow();
            await context.Jobs.Where(j => j.DueAt <= now).ExecuteUpdateAsync(set => set.SetProperty(j => j.DueAt, (DateTimeOffset?)null), cancellationToken);
            var jobs = await context.Jobs.AsTracking()
                .Where(j => j.State == JobState.Waiting && j.DueAt == null)
                .OrderByDescending(j => j.Priority).ThenBy(j => j.Number)
                .Take(count).ToListAsync(cancellationToken);
            foreach (var job in jobs)
            {
                job.State = JobState.Queued;
                job.PublishedAt = job.LastSignAt = now;
            }

            return await context.MessagesOfAsync(jobs, cancellationToken);
        }, cancellationToken);

    /// <summary>What earlier generations of these had left in storage is gone: it is not to be cleared again, once the new one is at work.</summary>
    public Task StateClearedAsync(IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken = default) =>
        WriteAsync(
            context => context.Jobs.Where(j => jobIds.Contains(j.Id)).ExecuteUpdateAsync(set => set.SetProperty(j => j.ClearState, false), cancellationToken),
            cancellationToken);

    /// <summary>These could not be published: they wait again, at their old place. One that a Host has begun all the same is left alone.</summary>
    public Task ReturnAsync(IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken = default) =>
        WriteAsync(
            context => context.Jobs.Where(j => jobIds.Contains(j.Id) && j.State == JobState.Queued && !j.CancelRequested).ExecuteUpdateAsync(
                set => set
                    .SetProperty(j => j.State, JobState.Waiting)
                    .SetProperty(j => j.PublishedAt, (DateTimeOffset?)null)
                    .SetProperty(j => j.LastSignAt, (DateTimeOffset?)null),
                cancellationToken),
            cancellationToken);

    /// <summary>How many jobs the broker and the Hosts have.</summary>
    public Task<int> OutstandingAsync(CancellationToken cancellationToken = default) =>
        ReadAsync(context => context.Jobs.CountAsync(j => j.State == JobState.Queued || j.State == JobState.Running, cancellationToken), cancellationToken);

    /// <summary>
    /// Jobs that the broker or a Host should have and that nothing was heard of for so long, neither that they were published nor any
    /// event: their messages, to be published again. A message that is there twice does no harm, so this is for when a queue is empty
    /// that should not be.
    /// </summary>
    public Task<IReadOnlyList<QueuedJob>> TakeSilentAsync(TimeSpan silentFor, CancellationToken cancellationToken = default) =>
        TakeAgainAsync(context => context.Silent(_time.GetUtcNow() - silentFor), cancellationToken);

    /// <summary>As <see cref="TakeSilentAsync"/>, for those of them alone that <paramref name="lost"/> names and that are silent still.</summary>
    public Task<IReadOnlyList<QueuedJob>> TakeLostAsync(IReadOnlyCollection<string> lost, TimeSpan silentFor, CancellationToken cancellationToken = default) =>
        TakeAgainAsync(context => context.Silent(_time.GetUtcNow() - silentFor).Where(j => lost.Contains(j.Id)), cancellationToken);

    /// <summary>The jobs that <see cref="TakeSilentAsync"/> would take.</summary>
    public Task<IReadOnlyList<SilentJob>> SilentAsync(TimeSpan silentFor, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<SilentJob>>(
            async context => await context.Silent(_time.GetUtcNow() - silentFor).Select(j => new SilentJob(j.Id, j.State == JobState.Running, j.LastSignAt!.Value)).ToListAsync(cancellationToken),
            cancellationToken);

    private Task<IReadOnlyList<QueuedJob>> TakeAgainAsync(Func<CatalogueContext, IQueryable<Job>> choose, CancellationToken cancellationToken) =>
        WriteAsync(async context =>
        {
            var jobs = await choose(context).AsTracking().OrderByDescending(j => j.Priority).ThenBy(j => j.Number).ToListAsync(cancellationToken);
            foreach (var job in jobs)
            {
                job.PublishedAt = job.LastSignAt = _time.GetUtcNow();
            }

            return await context.MessagesOfAsync(jobs, cancellationToken);
        }, cancellationToken);
}

internal static class SilentJobs
{
    /// <summary>What is outstanding and was last heard of before a moment.</summary>
    public static IQueryable<Job> Silent(this CatalogueContext context, DateTimeOffset before) =>
        context.Jobs.Where(j => (j.State == JobState.Queued || j.State == JobState.Running) && j.LastSignAt <= before);
}
