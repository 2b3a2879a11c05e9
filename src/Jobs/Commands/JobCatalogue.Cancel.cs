using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Cancels the waiting ones at once, and asks the Hosts of those at work to stop; ended ones stay as they are. Thousands are done in
    /// steps, between which others may write.
    /// </summary>
    public async Task<CommandReport> CancelAsync(IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken = default)
    {
        var untouched = await UntouchedAsync(jobIds, j => j.HasEnded ? Untouched.HasEnded(j) : null, cancellationToken);
        return await InStepsAsync(new() { Untouched = untouched }, context => context.Jobs.Where(j => jobIds.Contains(j.Id) && j.State < JobState.Completed), CancelAsync, cancellationToken);
    }

    /// <inheritdoc cref="CancelAsync(IReadOnlyCollection{string}, CancellationToken)"/>
    /// <param name="filter">Of the jobs that have not ended; those that have are not reported.</param>
    public Task<CommandReport> CancelAsync(JobFilter filter, CancellationToken cancellationToken = default) =>
        InStepsAsync(new(), context => context.Matching(filter).Where(j => j.State < JobState.Completed), CancelAsync, cancellationToken);

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

    private async Task<CommandReport> CancelAsync(CatalogueContext context, IReadOnlyCollection<long> numbers, CancellationToken cancellationToken)
    {
        const string Reason = "Cancelled on request.";
        var now = _time.GetUtcNow();
        var jobs = context.Jobs.Where(j => numbers.Contains(j.Number));
        var cancelled = await jobs.Where(j => j.State == JobState.Waiting).ExecuteUpdateAsync(
            set => set
                .SetProperty(j => j.State, JobState.Cancelled)
                .SetProperty(j => j.Reason, Reason)
                .SetProperty(j => j.EndedAt, now)
                .SetProperty(j => j.DueAt, (DateTimeOffset?)null),
            cancellationToken);
        var atWork = jobs.Where(j => j.State == JobState.Queued || j.State == JobState.Running);
        var cancels = await atWork.Select(j => new CancelRestoration(j.Id, j.Generation)).ToListAsync(cancellationToken);
        await atWork.ExecuteUpdateAsync(
            set => set.SetProperty(j => j.CancelRequested, true).SetProperty(j => j.Superseded, false).SetProperty(j => j.Reason, Reason), cancellationToken);
        await context.RequestCancelsAsync(cancels, now, cancellationToken);
        return new() { Done = cancelled, Pending = cancels.Count };
    }
}
