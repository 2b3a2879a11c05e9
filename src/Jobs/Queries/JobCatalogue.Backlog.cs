using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    private const int RatedJobs = 100;

    /// <summary>
    /// How much there is to do. It counts entries of indexes: with a million jobs waiting that takes about a tenth of a second of a processor.
    /// Rows of archive runs are counted as they move, so that ten million of them cost nothing here.
    /// </summary>
    /// <param name="unreadable">Rows whose pictures cannot be read: no Host could do anything for them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<Backlog> BacklogAsync(UnreadableRows unreadable, CancellationToken cancellationToken = default) =>
        ReadAsync(async context =>
        {
            var now = _time.GetUtcNow();
            var counts = await context.Jobs.Where(j => j.State <= JobState.Running).GroupBy(j => j.State)
                .Select(g => new { State = g.Key, Count = g.Count() }).ToDictionaryAsync(c => c.State, c => c.Count, cancellationToken);
            // A job has a time only while it waits for it.
            var deferred = await context.Jobs.CountAsync(j => j.DueAt > now, cancellationToken);
            var runs = await context.Runs.Where(r => r.State == RunState.Active && r.EndedAt == null).Select(r => r.Id).ToListAsync(cancellationToken);
            var rows = await context.RowCountsAsync(runs, cancellationToken);
            var pending = runs.ToDictionary(run => run, run => rows.Of(run, RowState.Pending));
            var all = pending.Values.Sum();
            var kept = unreadable.All ? all : unreadable.Rows.GroupBy(row => row.Run).Sum(of => Math.Min(of.Count(), pending.GetValueOrDefault(of.Key)));
            // The newest by number are next to each other in an index; by their ends they are in none, and nearly the same.
            var attempts = await context.Jobs.Where(j => j.State == JobState.Completed).OrderByDescending(j => j.Number).Take(RatedJobs)
                .Join(context.Attempts, j => new { j.Number, j.Generation }, a => new { Number = a.JobNumber, a.Generation }, (_, a) => a)
                .Where(a => a.EndedAt != null && a.Outcome != AttemptOutcome.Lost)
                .Select(a => new { a.JobNumber, a.StartedAt, EndedAt = a.EndedAt!.Value }).ToListAsync(cancellationToken);
            var (queued, running) = (counts.GetValueOrDefault(JobState.Queued), counts.GetValueOrDefault(JobState.Running));
            return new Backlog
            {
                Waiting = Math.Max(0, counts.GetValueOrDefault(JobState.Waiting) - deferred) + all - kept,
                Outstanding = queued + running,
                Running = running,
                Deferred = deferred + kept,
                SecondsPerJob = attempts.Count == 0 ? null : attempts.Sum(a => (a.EndedAt - a.StartedAt).TotalSeconds) / attempts.Select(a => a.JobNumber).Distinct().Count(),
            };
        }, cancellationToken);
}
