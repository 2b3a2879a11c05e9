namespace DipPipeline.Watcher;

/// <summary>The pictures of one folder that are not taken yet, and when each is due for another look.</summary>
internal sealed class WaitingSources(TimeSpan window, TimeProvider time)
{
    private readonly Dictionary<string, WaitingSource> _sources = new(StringComparer.Ordinal);

    /// <summary>When the next look is due, if any.</summary>
    public DateTimeOffset? Due => _sources.Count == 0 ? null : _sources.Values.Min(s => s.Due);

    public int Count => _sources.Count;

    public WaitingSource? Find(string path) => _sources.GetValueOrDefault(path);

    public void Remove(string path) => _sources.Remove(path);

    /// <summary>
    /// Whether a source has stood still for the window; remembers it, and when to look again, where not. What is older than the window
    /// when first seen is taken to have stood still; a time to come says nothing, so it is waited for.
    /// </summary>
    public bool IsStable(string path, string folder, string name, Fingerprint fingerprint, DateTime newest)
    {
        var now = time.GetUtcNow();
        if (!_sources.TryGetValue(path, out var source))
        {
            if (newest <= now.UtcDateTime - window)
            {
                return true;
            }

            source = Add(path, folder, name, fingerprint);
        }
        else if (source.Fingerprint != fingerprint)
        {
            (source.Fingerprint, source.Since, source.LackingSince, source.UnreadableSince) = (fingerprint, now, null, null);
        }

        if (now - source.Since >= window)
        {
            source.Due = null;
            return true;
        }

        source.Due = source.Since + window;
        return false;
    }

    /// <summary>The source, remembered from now on if it was not.</summary>
    public WaitingSource Add(string path, string folder, string name, Fingerprint fingerprint)
    {
        if (!_sources.TryGetValue(path, out var source))
        {
            source = new WaitingSource { Folder = folder, Name = name, Fingerprint = fingerprint, Since = time.GetUtcNow() };
            _sources.Add(path, source);
        }

        return source;
    }

    /// <summary>Adds the names of those that are due to <paramref name="hinted"/>.</summary>
    public void AddDue(Dictionary<string, HashSet<string>?> hinted)
    {
        var now = time.GetUtcNow();
        foreach (var source in _sources.Values.Where(s => s.Due <= now))
        {
            // A source that is looked at sets its own time anew; one that has vanished has none any more.
            source.Due = null;
            if (!hinted.TryGetValue(source.Folder, out var names))
            {
                hinted.Add(source.Folder, new HashSet<string>(StringComparer.Ordinal) { source.Name });
            }
            else
            {
                names?.Add(source.Name);
            }
        }
    }
}
