using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>How one run stands.</summary>
    /// <exception cref="Contracts.RefusedException">There is no such run.</exception>
    public Task<RunStatus> RunStatusAsync(string name, CancellationToken cancellationToken = default) =>
        ReadAsync(async context => await StatusAsync(context, await context.RunOfAsync(name, cancellationToken), cancellationToken), cancellationToken);

    /// <summary>How runs stand: those that have not ended, and the newest.</summary>
    /// <param name="newest">How many of the newest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<IReadOnlyList<RunStatus>> RunsAsync(int newest, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<RunStatus>>(async context =>
        {
            List<RunStatus> all = [];
            var since = await context.Runs.OrderByDescending(r => r.Id).Select(r => r.Id).Take(newest).MinAsync(id => (long?)id, cancellationToken) ?? 0;
            foreach (var run in await context.Runs.Where(r => r.Id >= since || r.EndedAt == null).OrderByDescending(r => r.Id).ToListAsync(cancellationToken))
            {
                all.Add(await StatusAsync(context, run, cancellationToken));
            }

            return all;
        }, cancellationToken);

    private async Task<RunStatus> StatusAsync(CatalogueContext context, Run run, CancellationToken cancellationToken)
    {
        var counts = await context.RowCountsAsync([run.Id], cancellationToken);
        var jobs = await context.JobsOf(run).GroupBy(j => j.State).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancellationToken);
        var (queued, running) = (jobs.GetValueOrDefault(JobState.Queued), jobs.GetValueOrDefault(JobState.Running));
        var (pending, entered) = (Of(RowState.Pending), Of(RowState.Entered));
        var rate = run.State == RunState.Active && pending + entered > 0 ? Pace.Read(run.Pace).RowsPerSecond(_time.GetUtcNow(), pending + entered) : null;
        return new RunStatus
        {
            Name = run.Name,
            Origin = run.Origin,
            State = run.State,
            IsDone = run.State != RunState.Entering && pending + entered == 0,
            CreatedAt = run.CreatedAt,
            EndedAt = run.EndedAt,
            Rows = counts.Counts.Values.Sum(),
            Pending = pending,
            // Two rows may share a job, and rows may have moved between the two looks.
            Waiting = Math.Max(0, entered - queued - running),
            Queued = queued,
            Running = running,
            Completed = Of(RowState.Completed),
            AlreadyDone = Of(RowState.AlreadyDone),
            Rejected = Of(RowState.Rejected),
            Failed = Of(RowState.Failed),
            Cancelled = Of(RowState.Cancelled),
            RowsPerHour = rate * 3600,
            RemainingSeconds = pending + entered > 0 ? (pending + entered) / rate : null,
        };

        int Of(RowState state) => counts.Of(run.Id, state);
    }
}
