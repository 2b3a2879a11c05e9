using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs.Runs;

/// <summary>
/// The rows that one transaction brings, moves from state to state or takes away, for the counts of their runs. Whoever changes a row's
/// state notes it here.
/// </summary>
internal sealed class RowTally
{
    private readonly Dictionary<(long Run, RowState State), int> _changes = [];

    public void Add(long run, RowState state, int rows) => _changes[(run, state)] = _changes.GetValueOrDefault((run, state)) + rows;

    public void Move(long run, RowState from, RowState to, int rows = 1)
    {
        Add(run, from, -rows);
        Add(run, to, rows);
    }

    /// <summary>To be called once, in the transaction of the changes.</summary>
    public async Task WriteAsync(CatalogueContext context, CancellationToken cancellationToken) => await context.InsertAsync(
        nameof(context.RunCounts),
        [nameof(RunCount.RunId), nameof(RunCount.State), nameof(RunCount.Rows)],
        """("RunId", "State") DO UPDATE SET "Rows" = "RunCounts"."Rows" + excluded."Rows" """,
        _changes.Where(c => c.Value != 0).Select(c => new object?[] { c.Key.Run, (int)c.Key.State, c.Value }),
        cancellationToken);
}
