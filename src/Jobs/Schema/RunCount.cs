using DipPipeline.Jobs.Runs;

namespace DipPipeline.Jobs.Schema;

/// <summary>How many rows of a run are in one state, so that nobody has to count millions of them. A <see cref="RowTally"/> writes it, in the transaction that moves the rows.</summary>
internal sealed class RunCount
{
    public long RunId { get; set; }

    public RowState State { get; set; }

    public int Rows { get; set; }
}
