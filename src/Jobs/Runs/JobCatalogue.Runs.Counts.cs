using DipPipeline.Jobs.Runs;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>
    /// Counts the rows of the runs that have not ended, whatever was counted before: a program of an older version moves rows without counting them.
    /// It takes half a second for a million; for who begins to lead.
    /// </summary>
    public Task RecountRunsAsync(CancellationToken cancellationToken = default) =>
        WriteAsync(async context =>
        {
            var runs = await context.Runs.Where(r => r.EndedAt == null).Select(r => r.Id).ToListAsync(cancellationToken);
            if (runs.Count == 0)
            {
                return 0;
            }

            await context.RunCounts.Where(c => runs.Contains(c.RunId)).ExecuteDeleteAsync(cancellationToken);
            var tally = new RowTally();
            foreach (var count in await context.RunRows.Where(r => runs.Contains(r.RunId)).GroupBy(r => new { r.RunId, r.State })
                .Select(g => new { g.Key, Rows = g.Count() }).ToListAsync(cancellationToken))
            {
                tally.Add(count.Key.RunId, count.Key.State, count.Rows);
            }

            await tally.WriteAsync(context, cancellationToken);
            return runs.Count;
        }, cancellationToken);
}
