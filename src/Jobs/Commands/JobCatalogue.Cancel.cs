using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>Cancels the waiting ones at once, and asks the Hosts of those at work to stop; ended ones stay as they are.</summary>
    public Task<CommandReport> CancelAsync(IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var found = await context.Jobs.Where(j => jobIds.Contains(j.Id)).ToDictionaryAsync(j => j.Id, StringComparer.Ordinal, cancellationToken);
            var report = await CancelAsync(context, context.Jobs.Where(j => jobIds.Contains(j.Id)), cancellationToken);
            return report with
            {
                Untouched =
                [
                    .. jobIds.Where(id => !found.ContainsKey(id)).Select(id => new UntouchedJob(id, Untouched.Unknown)),
                    .. found.Values.Where(j => j.HasEnded).Select(j => new UntouchedJob(j.Id, Untouched.HasEnded(j))),
                ],
            };
        }, cancellationToken);

    /// <inheritdoc cref="CancelAsync(IReadOnlyCollection{string}, CancellationToken)"/>
    /// <param name="filter">Of the jobs that have not ended; those that have are not reported.</param>
    public Task<CommandReport> CancelAsync(JobFilter filter, CancellationToken cancellationToken = default) =>
        WriteAsync(context => CancelAsync(context, context.Matching(filter), cancellationToken), cancellationToken);

    /// <summary>What the Hosts are still to be told, each with the generation that is to stop (and all before it), until <see cref="CancelSentAsync"/>.</summary>
    public Task<IReadOnlyList<CancelRestoration>> CancelRequestsAsync(CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<CancelRestoration>>(
            async context => await context.Cancellations.OrderBy(c => c.RequestedAt).Select(c => new CancelRestoration(c.JobId, c.Generation)).ToListAsync(cancellationToken),
            cancellationToken);

    /// <summary>The markers are in storage and the messages are out: these need not be told any more.</summary>
    public Task CancelSentAsync(IReadOnlyCollection<CancelRestoration> sent, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            foreach (var (id, generation) in sent)
            {
                await context.Cancellations.Where(c => c.JobId == id && c.Generation <= generation).ExecuteDeleteAsync(cancellationToken);
            }

            return sent.Count;
        }, cancellationToken);

    private async Task<CommandReport> CancelAsync(CatalogueContext context, IQueryable<Job> jobs, CancellationToken cancellationToken)
    {
        const string Reason = "Cancelled on request.";
        var now = _time.GetUtcNow();
        // Chosen before anything changes: what is cancelled may leave the filter. Those at work are few, those that wait may be a million.
        var atWork = await jobs.Where(j => j.State == JobState.Queued || j.State == JobState.Running).Select(j => new { j.Number, j.Id, j.Generation }).ToListAsync(cancellationToken);
        var numbers = jobs.Select(j => j.Number);
        var cancelled = await context.Jobs.Where(j => j.State == JobState.Waiting && numbers.Contains(j.Number)).ExecuteUpdateAsync(
            set => set
                .SetProperty(j => j.State, JobState.Cancelled)
                .SetProperty(j => j.Reason, Reason)
                .SetProperty(j => j.EndedAt, now)
                .SetProperty(j => j.DueAt, (DateTimeOffset?)null),
            cancellationToken);
        var numbersAtWork = atWork.Select(j => j.Number).ToList();
        await context.Jobs.Where(j => numbersAtWork.Contains(j.Number)).ExecuteUpdateAsync(
            set => set.SetProperty(j => j.CancelRequested, true).SetProperty(j => j.Superseded, false).SetProperty(j => j.Reason, Reason), cancellationToken);
        await context.RequestCancelsAsync(atWork.Select(j => new CancelRestoration(j.Id, j.Generation)), now, cancellationToken);
        return new(cancelled, atWork.Count, []);
    }
}
