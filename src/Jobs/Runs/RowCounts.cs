namespace DipPipeline.Jobs.Runs;

/// <summary>How many rows of some runs are in which state.</summary>
internal readonly record struct RowCounts(IReadOnlyDictionary<(long Run, RowState State), int> Counts)
{
    public int Of(long run, RowState state) => Counts.GetValueOrDefault((run, state));
}
