using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Runs;

/// <summary>From what became of jobs to what becomes of the rows that wait for them.</summary>
internal sealed class RunProgress(CatalogueContext context, DateTimeOffset now)
{
    // More than are ever ahead: what is left over is next.
    private const int Most = 5000;

    /// <param name="Row">Which row.</param>
    /// <param name="State">Where it goes; <see cref="RowState.Pending"/> for another look.</param>
    internal readonly record struct Move(RowKey Row, RowState State, string? Reason);

    /// <summary>What there is to be moved.</summary>
    public static async Task<IReadOnlyList<Move>> MovesAsync(CatalogueContext context, IReadOnlyCollection<long> runs, CancellationToken cancellationToken)
    {
        // Few of all rows have jobs that have not ended, so that each is looked at, by the keys of its job and of its output.
        var found = await (
            from row in context.RunRows
            where runs.Contains(row.RunId) && row.State == RowState.Entered
            join job in context.Jobs on row.JobId equals job.Id
            join placement in context.Placements on row.Output equals placement.Output
            where job.State >= JobState.Completed || placement.JobId != row.JobId
            select new
            {
                row.RunId, row.Number, row.JobId, row.Output, job.State, job.Superseded, job.Reason,
                At = placement.State, Owner = placement.JobId,
            }).Take(Most).ToListAsync(cancellationToken);
        return
        [
            .. from f in found
               let end = f.Owner != f.JobId ? (RowState.Cancelled, $"Another picture's result belongs at '{f.Output}' by now.") : End(f.State, f.Superseded, f.At, f.Reason)
               where end is not null
               select new Move(new(f.RunId, f.Number), end.Value.Item1, end.Value.Item2),
        ];
    }

    /// <param name="moves">As of this transaction.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many moved.</returns>
    public async Task<int> MoveAsync(IReadOnlyList<Move> moves, CancellationToken cancellationToken)
    {
        var (moved, tally) = (0, new RowTally());
        foreach (var run in moves.GroupBy(m => m.Row.Run))
        {
            var ends = run.ToDictionary(m => m.Row.Number);
            foreach (var row in await context.RunRows.AsTracking().Where(r => r.RunId == run.Key && ends.Keys.Contains(r.Number) && r.State == RowState.Entered).ToListAsync(cancellationToken))
            {
                tally.Move(run.Key, row.State, ends[row.Number].State);
                (row.State, row.Reason) = (ends[row.Number].State, ends[row.Number].Reason);
                moved++;
            }
        }

        await tally.WriteAsync(context, cancellationToken);
        await context.SaveChangesAsync(cancellationToken);
        return moved;
    }

    /// <summary>Notes which runs have ended, and how many rows the others have left.</summary>
    public async Task MarkAsync(CancellationToken cancellationToken)
    {
        var runs = await context.Runs.AsTracking().Where(r => r.EndedAt == null && r.State != RunState.Entering).ToListAsync(cancellationToken);
        var counts = await context.RowCountsAsync([.. runs.Select(r => r.Id)], cancellationToken);
        foreach (var run in runs)
        {
            var open = counts.Of(run.Id, RowState.Pending) + counts.Of(run.Id, RowState.Entered);
            if (open == 0)
            {
                run.EndedAt = now;
            }
            else if (run.State == RunState.Active && Pace.Read(run.Pace) is var pace && pace.IsDue(now))
            {
                run.Pace = Json.Write(pace.With(now, open));
            }
        }
    }

    private static (RowState, string?)? End(JobState job, bool superseded, PlacementState placement, string? reason) => (job, placement) switch
    {
        (JobState.Completed, PlacementState.Own or PlacementState.Copied) => (RowState.Completed, null),
        (JobState.Completed, PlacementState.CopyFailed) => (RowState.Failed, "The result that it was to be a copy of is not there any more."),
        (JobState.Completed, _) => null,
        // The picture is not what it was: it is hashed again, which only the row can ask for.
        (JobState.Cancelled, _) when superseded => (RowState.Pending, null),
        (JobState.Rejected, _) => (RowState.Rejected, reason),
        (JobState.Failed, _) => (RowState.Failed, reason),
        (JobState.Cancelled, _) => (RowState.Cancelled, reason),
        _ => null,
    };
}
