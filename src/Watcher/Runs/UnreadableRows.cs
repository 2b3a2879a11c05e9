using DipPipeline.Jobs.Runs;

namespace DipPipeline.Watcher;

/// <summary>Rows of archive runs whose pictures could not be read, for whoever asks of the backlog; none while another Watcher leads. Safe for several threads.</summary>
internal sealed class UnreadableRows
{
    private volatile IReadOnlyCollection<RowKey> _now = [];

    public IReadOnlyCollection<RowKey> Now
    {
        get => _now;
        set => _now = value;
    }
}
