using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    // Jobs changed in one transaction: what a person orders must not keep the Watcher from writing for long.
    private const int Step = 1000;

    /// <summary>Does something to the jobs that are there now, a step at a time.</summary>
    /// <param name="step">Gets their numbers, and reads them again: they may have changed since they were chosen.</param>
    private async Task<CommandReport> InStepsAsync(
        CommandReport report, Func<CatalogueContext, IQueryable<Job>> choose,
        Func<CatalogueContext, IReadOnlyCollection<long>, CancellationToken, Task<CommandReport>> step, CancellationToken cancellationToken)
    {
        var numbers = await ReadAsync(context => choose(context).Select(j => j.Number).ToListAsync(cancellationToken), cancellationToken);
        numbers.Sort();
        List<UntouchedJob> untouched = [.. report.Untouched];
        foreach (var chunk in numbers.Chunk(Step))
        {
            var done = await WriteAsync(context => step(context, chunk, cancellationToken), cancellationToken);
            untouched.AddRange(done.Untouched);
            report = report with { Done = report.Done + done.Done, Pending = report.Pending + done.Pending };
        }

        return report with { Untouched = untouched };
    }

    private async Task<IReadOnlyList<UntouchedJob>> UntouchedAsync(IReadOnlyCollection<string> jobIds, Func<Job, string?> reason, CancellationToken cancellationToken)
    {
        var jobs = await ReadAsync(
            context => context.Jobs.Where(j => jobIds.Contains(j.Id)).ToDictionaryAsync(j => j.Id, StringComparer.Ordinal, cancellationToken), cancellationToken);
        return
        [
            .. from id in jobIds.Distinct()
               let why = jobs.TryGetValue(id, out var job) ? reason(job) : Untouched.Unknown
               where why is not null
               select new UntouchedJob(id, why),
        ];
    }
}
