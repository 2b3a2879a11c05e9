using System.Runtime.CompilerServices;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs.Runs;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    private const int RowsAtATime = 1000;

    /// <summary>Every row of a run in the order of the manifest, read as it is enumerated, some at a time: so a run that goes on meanwhile is not held up.</summary>
    /// <exception cref="Contracts.RefusedException">There is no such run.</exception>
    public async IAsyncEnumerable<RunRowDetail> RunRowsAsync(string name, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var run = (await ReadAsync(context => context.RunOfAsync(name, cancellationToken), cancellationToken)).Id;
        for (var after = 0; ;)
        {
            var rows = await ReadAsync(context => RowsAsync(context, run, after, cancellationToken), cancellationToken);
            foreach (var row in rows)
            {
                yield return row;
            }

            if (rows.Count < RowsAtATime)
            {
                yield break;
            }

            after = rows[^1].Row.Number;
        }
    }

    private static async Task<IReadOnlyList<RunRowDetail>> RowsAsync(Schema.CatalogueContext context, long run, int after, CancellationToken cancellationToken)
    {
        var found = await (
            from row in context.RunRows
            where row.RunId == run && row.Number > after
            orderby row.Number
            from job in context.Jobs.Where(j => j.Id == row.JobId).DefaultIfEmpty()
            from result in context.Results.Where(r => r.JobNumber == job!.Number).DefaultIfEmpty()
            select new { row, result!.Metrics }).Take(RowsAtATime).ToListAsync(cancellationToken);
        var settings = await context.SettingsOfAsync(found.Select(f => f.row), cancellationToken);
        return
        [
            .. found.Select(f => new RunRowDetail
            {
                Row = f.row.AsManifestRow(),
                Settings = settings[(run, f.row.Settings)],
                State = f.row.State,
                JobId = f.row.JobId,
                Reason = f.row.Reason,
                Metrics = f.row.State is RowState.Completed or RowState.AlreadyDone && f.Metrics is { } json ? RestorationMetrics.Parse(json) : null,
            }),
        ];
    }
}
