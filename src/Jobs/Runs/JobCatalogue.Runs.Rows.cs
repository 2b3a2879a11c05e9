using DipPipeline.Jobs.Runs;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    // What waits for its time cannot keep a Host busy, and more of the run is entered instead; but not the whole of it.
    private const int MostDeferredForEachAhead = 10;

    /// <summary>
    /// Rows whose turn it is, of the runs that are active: highest priority first, then of the earlier run, then as the manifest has
    /// them. Each is told until it is entered (<see cref="Entry.JobEntry.Row"/>).
    /// </summary>
    /// <param name="ahead">How many rows of all runs are to have jobs that have not ended; what there are less is told.</param>
    /// <param name="most">At most so many.</param>
    /// <param name="putOff">Not these, however early their turn is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<IReadOnlyList<PendingRow>> PendingRowsAsync(int ahead, int most, IReadOnlyCollection<RowKey> putOff, CancellationToken cancellationToken = default) =>
        ReadAsync<IReadOnlyList<PendingRow>>(async context =>
        {
            var runs = await context.Runs.Where(r => r.State == RunState.Active && r.EndedAt == null).OrderBy(r => r.Id).Select(r => r.Id).ToListAsync(cancellationToken);
            if (runs.Count == 0)
            {
                return [];
            }

            var counts = await context.RowCountsAsync(runs, cancellationToken);
            var entered = runs.Sum(run => counts.Of(run, RowState.Entered));
            var deferred = await context.Jobs.CountAsync(j => j.DueAt != null && j.DueAt != Held, cancellationToken);
            var room = Math.Min(most, ahead - (entered - Math.Min(deferred, MostDeferredForEachAhead * ahead)));
            if (room <= 0)
            {
                return [];
            }

            List<Schema.RunRow> rows = [];
            foreach (var run in runs)
            {
                var skipped = putOff.Where(r => r.Run == run).Select(r => r.Number).ToList();
                rows.AddRange(await context.RunRows.Where(r => r.RunId == run && r.State == RowState.Pending && !skipped.Contains(r.Number))
                    .OrderByDescending(r => r.Priority).ThenBy(r => r.Number).Take(room).ToListAsync(cancellationToken));
            }

            // Stable: of one priority the earlier run goes first.
            rows = [.. rows.OrderByDescending(r => r.Priority).Take(room)];
            var settings = await context.SettingsOfAsync(rows, cancellationToken);
            return [.. rows.Select(r => new PendingRow(new(r.RunId, r.Number), r.AsManifestRow(), settings[(r.RunId, r.Settings)], r.Retry))];
        }, cancellationToken);
}
