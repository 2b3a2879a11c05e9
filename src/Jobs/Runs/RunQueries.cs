using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Runs;

internal static class RunQueries
{
    /// <summary>When a job is due that waits only because its run is paused: never.</summary>
    public static readonly DateTimeOffset Held = DateTimeOffset.MaxValue;

    /// <summary>The run, tracked.</summary>
    /// <exception cref="RefusedException">There is none of this name.</exception>
    public static async Task<Run> RunOfAsync(this CatalogueContext context, string name, CancellationToken cancellationToken)
    {
        if (await context.Runs.AsTracking().SingleOrDefaultAsync(r => r.Name == name, cancellationToken) is { } run)
        {
            return run;
        }

        var names = await context.Runs.OrderByDescending(r => r.Id).Select(r => r.Name).Take(100).ToListAsync(cancellationToken);
        throw new RefusedException($"There is no run '{name}'{NearestName.Hint(name, names)}; 'dip archive status' shows those there are.");
    }

    /// <summary>Takes back a run that is not entered as a whole.</summary>
    /// <returns>How many rows it had.</returns>
    public static async Task<int> DropAsync(this CatalogueContext context, long run, CancellationToken cancellationToken)
    {
        if (await context.Runs.Where(r => r.Id == run && r.State == RunState.Entering).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return 0;
        }

        await context.RunSettings.Where(s => s.RunId == run).ExecuteDeleteAsync(cancellationToken);
        await context.RunCounts.Where(c => c.RunId == run).ExecuteDeleteAsync(cancellationToken);
        return await context.RunRows.Where(r => r.RunId == run).ExecuteDeleteAsync(cancellationToken);
    }

    /// <summary>How many rows are in which state: as fast with ten million of them as with ten.</summary>
    public static async Task<RowCounts> RowCountsAsync(this CatalogueContext context, IReadOnlyCollection<long> runs, CancellationToken cancellationToken) =>
        new(runs.Count == 0 ? [] : await context.RunCounts.Where(c => runs.Contains(c.RunId)).ToDictionaryAsync(c => (c.RunId, c.State), c => c.Rows, cancellationToken));

    /// <summary>Jobs of rows that have not ended: few, however many rows there are.</summary>
    public static IQueryable<Job> JobsOf(this CatalogueContext context, Run run) => context.Jobs.Where(
        j => context.RunRows.Where(r => r.RunId == run.Id && r.State == RowState.Entered).Select(r => r.JobId).Contains(j.Id));

    /// <summary>
    /// Jobs of a paused run that wait, and are to wait for the run: not those of a picture that lies in a watched folder as well, nor those that another
    /// run wants which goes on.
    /// </summary>
    public static async Task<IQueryable<Job>> ToHoldAsync(this CatalogueContext context, Run run, CancellationToken cancellationToken)
    {
        var others = await context.Runs.Where(r => r.State == RunState.Active && r.EndedAt == null && r.Id != run.Id).Select(r => r.Id).ToListAsync(cancellationToken);
        return context.JobsOf(run).Where(j => j.State == JobState.Waiting && j.DueAt != (DateTimeOffset?)Held
            && !context.Sources.Any(s => s.Path == j.PicturePath && s.JobId == j.Id)
            && !context.RunRows.Where(r => others.Contains(r.RunId) && r.State == RowState.Entered).Select(r => r.JobId).Contains(j.Id));
    }

    /// <summary>These jobs wait again: the rows that ended with them wait for them again.</summary>
    public static async Task FollowAgainAsync(this CatalogueContext context, IReadOnlyCollection<string> jobIds, CancellationToken cancellationToken)
    {
        var runs = context.Runs.Select(run => run.Id);
        var rows = context.RunRows.Where(r => runs.Contains(r.RunId) && r.State >= RowState.Rejected && jobIds.Contains(r.JobId!));
        var ofRuns = await rows.Select(r => r.RunId).Distinct().ToListAsync(cancellationToken);
        if (ofRuns.Count > 0)
        {
            await context.TallyAsync(rows, RowState.Entered, cancellationToken);
            await rows.ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RowState.Entered).SetProperty(r => r.Reason, (string?)null), cancellationToken);
            await context.Runs.Where(r => ofRuns.Contains(r.Id))
                .ExecuteUpdateAsync(set => set.SetProperty(r => r.EndedAt, (DateTimeOffset?)null).SetProperty(r => r.Pace, (string?)null), cancellationToken);
        }
    }

    /// <summary>Notes that these rows are about to be moved to a state.</summary>
    public static async Task TallyAsync(this CatalogueContext context, IQueryable<RunRow> rows, RowState to, CancellationToken cancellationToken)
    {
        var tally = new RowTally();
        foreach (var moved in await rows.GroupBy(r => new { r.RunId, r.State }).Select(g => new { g.Key, Rows = g.Count() }).ToListAsync(cancellationToken))
        {
            tally.Move(moved.Key.RunId, moved.Key.State, to, moved.Rows);
        }

        await tally.WriteAsync(context, cancellationToken);
    }
}
