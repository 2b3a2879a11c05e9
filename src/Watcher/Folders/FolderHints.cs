namespace DipPipeline.Watcher;

/// <summary>
/// What of a folder is worth a look: by events, by ourselves. Never the truth, so that losing some does no harm beyond the next
/// rescan. Safe for several threads.
/// </summary>
internal sealed class FolderHints
{
    // More than this is quicker looked through.
    private const int Most = 10_000;

    private readonly Lock _lock = new();
    private Dictionary<string, HashSet<string>?> _folders = new(StringComparer.Ordinal);
    private TaskCompletionSource _signal = New();
    private int _count;
    private bool _everything;

    /// <summary>Completes when there is something.</summary>
    public Task Signal
    {
        get
        {
            lock (_lock)
            {
                return _signal.Task;
            }
        }
    }

    /// <summary>A file of a folder.</summary>
    /// <param name="folder">Relative to the watched folder.</param>
    /// <param name="name">Its name.</param>
    public void Add(string folder, string name)
    {
        lock (_lock)
        {
            if (++_count > Most)
            {
                _everything = true;
            }
            else if (!_folders.TryGetValue(folder, out var names))
            {
                _folders.Add(folder, new HashSet<string>(StringComparer.Ordinal) { name });
            }
            else
            {
                names?.Add(name);
            }

            _signal.TrySetResult();
        }
    }

    /// <summary>A folder with all below it.</summary>
    public void AddFolder(string folder)
    {
        lock (_lock)
        {
            _folders[folder] = null;
            _signal.TrySetResult();
        }
    }

    /// <summary>The whole watched folder.</summary>
    public void AddEverything()
    {
        lock (_lock)
        {
            _everything = true;
            _signal.TrySetResult();
        }
    }

    /// <summary>Nothing in particular: time to see what is due.</summary>
    public void Wake()
    {
        lock (_lock)
        {
            _signal.TrySetResult();
        }
    }

    /// <summary>What there is, which is then forgotten.</summary>
    /// <param name="everything">Whether the whole folder is to be looked through.</param>
    /// <returns>Folders with names in them, or with <see langword="null"/> for all below.</returns>
    public Dictionary<string, HashSet<string>?> Take(out bool everything)
    {
        lock (_lock)
        {
            var taken = _folders;
            everything = _everything;
            (_folders, _everything, _count) = (new(StringComparer.Ordinal), false, 0);
            if (_signal.Task.IsCompleted)
            {
                _signal = New();
            }

            return taken;
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
