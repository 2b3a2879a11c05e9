using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Queues rejected, failed or cancelled jobs again, as a new generation without their past: state in storage, attempts and deferrals.
    /// Of one that the Watcher rejected, or whose output is another job's by now, the source is looked at and entered again instead.
    /// Thousands are done in steps, between which others may write.
    /// </summary>
    public async Task<CommandReport> RetryAsync(IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken = default)
    {
        var untouched = await UntouchedAsync(jobIds, j => RetryBatch.IsFor(j.State) ? null : Untouched.HasNotFailed(j), cancellationToken);
        return await InStepsAsync(new() { Untouched = untouched }, context => context.Jobs.Where(j => jobIds.Contains(j.Id)), RetryAsync, cancellationToken);
    }

    /// <inheritdoc cref="RetryAsync(IReadOnlyCollection{string}, CancellationToken)"/>
    /// <param name="filter">Of the rejected, failed and cancelled jobs; others are not reported.</param>
    public Task<CommandReport> RetryAsync(JobFilter filter, CancellationToken cancellationToken = default) =>
        InStepsAsync(new(), context => context.Matching(filter).Where(j => j.State > JobState.Completed), RetryAsync, cancellationToken);

    private static Task<CommandReport> RetryAsync(CatalogueContext context, IReadOnlyCollection<long> numbers, CancellationToken cancellationToken) =>
        new RetryBatch(context).RetryAsync(numbers, cancellationToken);
}
