using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    // Jobs in memory at a time.
    private const int RetryChunk = 500;

    /// <summary>
    /// Queues rejected, failed or cancelled jobs again, as a new generation without their past: state in storage, attempts and deferrals.
    /// Of one that the Watcher rejected, or whose output is another job's by now, the source is looked at and entered again instead.
    /// </summary>
    public Task<CommandReport> RetryAsync(IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var found = await context.Jobs.Where(j => jobIds.Contains(j.Id)).ToDictionaryAsync(j => j.Id, StringComparer.Ordinal, cancellationToken);
            var report = await RetryAsync(context, context.Jobs.Where(j => jobIds.Contains(j.Id)), cancellationToken);
            return report with
            {
                Untouched =
                [
                    .. jobIds.Where(id => !found.ContainsKey(id)).Select(id => new UntouchedJob(id, Untouched.Unknown)),
                    .. found.Values.Where(j => !j.HasEnded || j.State == JobState.Completed).Select(j => new UntouchedJob(j.Id, Untouched.HasNotFailed(j))),
                    .. report.Untouched,
                ],
            };
        }, cancellationToken);

    /// <inheritdoc cref="RetryAsync(IReadOnlyCollection{string}, CancellationToken)"/>
    /// <param name="filter">Of the rejected, failed and cancelled jobs; others are not reported.</param>
    public Task<CommandReport> RetryAsync(JobFilter filter, CancellationToken cancellationToken = default) =>
        WriteAsync(context => RetryAsync(context, context.Matching(filter), cancellationToken), cancellationToken);

    private static async Task<CommandReport> RetryAsync(CatalogueContext context, IQueryable<Job> jobs, CancellationToken cancellationToken)
    {
        var numbers = await jobs.Where(j => j.State == JobState.Rejected || j.State == JobState.Failed || j.State == JobState.Cancelled)
            .Select(j => j.Number).ToListAsync(cancellationToken);
        var report = new CommandReport(0, 0, []);
        foreach (var chunk in numbers.Chunk(RetryChunk))
        {
            var part = await new RetryBatch(context).RetryAsync(chunk, cancellationToken);
            await context.SaveChangesAsync(cancellationToken);
            context.ChangeTracker.Clear();
            report = new(report.Done + part.Done, report.Pending + part.Pending, [.. report.Untouched, .. part.Untouched]);
        }

        return report;
    }
}
