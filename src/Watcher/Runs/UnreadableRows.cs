using DipPipeline.Jobs.Runs;

namespace DipPipeline.Watcher;

/// <summary>
/// Rows whose pictures could not be read although the storage is there. Each waits a while, so that the rows behind it go on, and is given up
/// when it has failed often enough while others were read. Used by one thread.
/// </summary>
internal sealed class UnreadableRows(TimeProvider time)
{
    /// <summary>When a row is tried again.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(30);

    // How often a picture is read in vain, while others can be read, until its row is rejected.
    private const int MostFailures = 3;

    // So many of which none can be read are no accident of single pictures.
    private const int Most = 1000;

    private readonly Dictionary<RowKey, (int Failures, long ReadBefore, DateTimeOffset Due)> _rows = [];
    private long _read;

    /// <summary>Whether no more are to be put off before one is read.</summary>
    public bool IsFull => _rows.Count >= Most;

    /// <summary>Those that wait for their time.</summary>
    public IReadOnlyCollection<RowKey> PutOff()
    {
        var now = time.GetUtcNow();
        return [.. _rows.Where(r => r.Value.Due > now).Select(r => r.Key)];
    }

    /// <summary>Some were entered.</summary>
    /// <param name="rows">Which.</param>
    /// <param name="read">How many of them for their pictures.</param>
    public void Read(IEnumerable<RowKey> rows, int read)
    {
        _read += read;
        foreach (var row in rows)
        {
            _rows.Remove(row);
        }
    }

    /// <summary>One could not be read.</summary>
    /// <returns>Whether it is to be rejected.</returns>
    public bool Failed(RowKey row)
    {
        var (failures, readBefore, _) = _rows.GetValueOrDefault(row);
        // Where nothing was read since its last failure, nothing says that it is the picture's fault.
        failures += _read > readBefore ? 1 : 0;
        _rows[row] = (failures, _read, time.GetUtcNow() + Again);
        return failures >= MostFailures && _rows.Remove(row);
    }
}
