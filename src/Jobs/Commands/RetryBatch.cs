using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using DipPipeline.Jobs.Sources;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Commands;

/// <summary>Retries of one step.</summary>
internal sealed class RetryBatch(CatalogueContext context)
{
    public static bool IsFor(JobState state) => state is JobState.Rejected or JobState.Failed or JobState.Cancelled;

    public async Task<CommandReport> RetryAsync(IReadOnlyCollection<long> numbers, CancellationToken cancellationToken)
    {
        var jobs = (await context.Jobs.AsTracking().Where(j => numbers.Contains(j.Number)).OrderBy(j => j.Number).ToListAsync(cancellationToken)).FindAll(j => IsFor(j.State));
        var outputs = jobs.Select(j => j.Output).ToList();
        var placements = await context.Placements.AsTracking().Where(p => outputs.Contains(p.Output)).ToDictionaryAsync(p => p.Output, StringComparer.Ordinal, cancellationToken);
        var wanted = (await context.SourcesOf(jobs).Select(s => s.JobId!).Distinct().ToListAsync(cancellationToken)).ToHashSet(StringComparer.Ordinal);

        List<Job> reexamined = [];
        List<UntouchedJob> untouched = [];
        foreach (var job in jobs)
        {
            var own = placements.GetValueOrDefault(job.Output) is { } placement && placement.JobId == job.Id ? placement : null;
            if (own is not null && !job.IsRefused)
            {
                Renewal.Renew(job);
                job.Generation = own.Generation = Math.Max(job.Generation, own.Generation) + 1;
            }
            else if (wanted.Contains(job.Id))
            {
                reexamined.Add(job);
                job.Superseded = !job.IsRefused;
                job.Deferrals = 0;
            }
            else
            {
                untouched.Add(new(job.Id, job.IsRefused ? Untouched.HasNoSource(job) : Untouched.IsDisplaced(job)));
            }
        }

        await context.FollowAgainAsync([.. jobs.Where(j => j.State == JobState.Waiting).Select(j => j.Id)], cancellationToken);
        await context.ReexamineSourcesOfAsync(reexamined, cancellationToken);
        return new() { Done = jobs.Count - reexamined.Count - untouched.Count, Pending = reexamined.Count, Untouched = untouched };
    }
}
