namespace DipPipeline.Watcher;

/// <summary>What the catalogue knows of every source, and what is on its way there. Safe for several threads.</summary>
internal sealed class SourceIndex
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Fingerprint> _known = new(StringComparer.Ordinal);
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _known.Count;
            }
        }
    }

    /// <summary>The source as it was entered last, or <see langword="null"/>.</summary>
    public Fingerprint? Known(string path)
    {
        lock (_lock)
        {
            return _known.TryGetValue(path, out var fingerprint) ? fingerprint : null;
        }
    }

    public void Set(string path, Fingerprint fingerprint)
    {
        lock (_lock)
        {
            _known[path] = fingerprint;
        }
    }

    /// <summary>Has the source looked at anew.</summary>
    public void Forget(string path)
    {
        lock (_lock)
        {
            _known.Remove(path);
        }
    }

    /// <summary>Whether the source is on its way already.</summary>
    public bool IsBusy(string path)
    {
        lock (_lock)
        {
            return _busy.Contains(path);
        }
    }

    /// <summary>
    /// Sends the source on its way as it stands; <see langword="false"/> where it is on it, or was entered as it stands: since <see cref="Known"/> told
    /// otherwise it may have been on its way and at the end of it.
    /// </summary>
    public bool TryBegin(string path, Fingerprint fingerprint)
    {
        lock (_lock)
        {
            return !(_known.TryGetValue(path, out var entered) && entered == fingerprint) && _busy.Add(path);
        }
    }

    /// <summary>The source is entered as <paramref name="fingerprint"/> says, or, with <see langword="null"/>, not at all.</summary>
    public void End(string path, Fingerprint? fingerprint)
    {
        lock (_lock)
        {
            _busy.Remove(path);
            if (fingerprint is { } entered)
            {
                _known[path] = entered;
            }
        }
    }
}
