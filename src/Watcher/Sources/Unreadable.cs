namespace DipPipeline.Watcher;

/// <summary>
/// What could not be read although the storage is there: rows of runs, submissions. Each waits a while, so that those behind it go on, and is
/// given up when it has failed often enough while others were read, or for long while none were. Used by one thread.
/// </summary>
/// <param name="patience">How long one is tried at least; 60 times that where nothing else is read that would show that the fault is its own.</param>
/// <param name="time">The clock.</param>
internal sealed class Unreadable<TKey>(TimeSpan patience, TimeProvider time)
    where TKey : notnull
{
    private const int Longest = 60;

    // How often one is read in vain, while others can be read, until it is given up.
    private const int MostFailures = 3;

    // So many of which none can be read are no accident of single pictures: no more are tried for now.
    private const int Most = 1000;

    private readonly Dictionary<TKey, (int Tries, int Failures, long ReadBefore, DateTimeOffset Since, DateTimeOffset Due)> _known = [];
    private long _read;

    /// <summary>Whether no more are to be put off before one is read, or given up.</summary>
    public bool IsFull => _known.Count >= Most;

    /// <summary>All, also those that are about to be tried again.</summary>
    public IReadOnlyCollection<TKey> All => [.. _known.Keys];

    /// <summary>Those that wait for their time.</summary>
    public IReadOnlyCollection<TKey> PutOff()
    {
        var now = time.GetUtcNow();
        return [.. _known.Where(k => k.Value.Due > now).Select(k => k.Key)];
    }

    public bool IsKnown(TKey key) => _known.ContainsKey(key);

    /// <summary>Some were entered.</summary>
    /// <param name="keys">Which.</param>
    /// <param name="read">How many of them for their pictures.</param>
    public void Read(IEnumerable<TKey> keys, int read)
    {
        _read += read;
        foreach (var key in keys)
        {
            _known.Remove(key);
        }
    }

    /// <summary>One could not be read, while the storage was there.</summary>
    /// <returns>Whether it is to be given up.</returns>
    public bool Failed(TKey key)
    {
        var now = time.GetUtcNow();
        var (tries, failures, readBefore, since, _) = _known.GetValueOrDefault(key, (0, 0, 0, now, now));
        // Where nothing was read since its last failure, only time says that it is the picture's fault.
        failures += _read > readBefore ? 1 : 0;
        _known[key] = (tries + 1, failures, _read, since, now + Work.Delay(tries));
        var tried = now - since;
        return ((failures >= MostFailures && tried >= patience) || tried >= Longest * patience) && _known.Remove(key);
    }
}
