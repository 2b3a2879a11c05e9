namespace DipPipeline.Watcher;

/// <summary>The system's file events of one folder, as hints.</summary>
internal sealed class FolderEvents : IDisposable
{
    // As large as every system allows: 64 KiB.
    private const int BufferBytes = 64 << 10;

    private readonly WatchedFolder _folder;
    private readonly FolderHints _hints;
    private readonly FileSystemWatcher _watcher;

    /// <param name="folder">Which.</param>
    /// <param name="hints">Where they go.</param>
    /// <param name="error">Called when events were lost, or will come no more; on any thread.</param>
    /// <exception cref="IOException">The system has no more watches to give.</exception>
    /// <exception cref="ArgumentException">There is no such folder.</exception>
    public FolderEvents(WatchedFolder folder, FolderHints hints, Action<Exception> error)
    {
        (_folder, _hints) = (folder, hints);
        _watcher = new FileSystemWatcher(folder.Root)
        {
            IncludeSubdirectories = true,
            InternalBufferSize = BufferBytes,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
        };
        _watcher.Created += (_, e) => Hint(e.FullPath);
        _watcher.Changed += (_, e) => Hint(e.FullPath, isNew: false);
        _watcher.Deleted += (_, e) => Hint(e.FullPath);
        _watcher.Renamed += (_, e) =>
        {
            Hint(e.OldFullPath);
            Hint(e.FullPath);
        };
        _watcher.Error += (_, e) => error(e.GetException());
        try
        {
            _watcher.EnableRaisingEvents = true;
        }
        catch
        {
            _watcher.Dispose();
            throw;
        }
    }

    public void Dispose() => _watcher.Dispose();

    private void Hint(string location, bool isNew = true)
    {
        var relative = Path.GetRelativePath(_folder.Root, location).Replace(Path.DirectorySeparatorChar, '/');
        var end = relative.LastIndexOf('/');
        var (folder, name) = end < 0 ? ("", relative) : (relative[..end], relative[(end + 1)..]);
        if (name == OptionsFile.OfFolder)
        {
            _hints.AddFolder(folder);
        }
        else if (PicturePatterns.IsIgnored(name) || folder.Split('/').Any(part => part.Length > 0 && PicturePatterns.IsIgnored(part)))
        {
            return;
        }
        else if (Directory.Exists(location))
        {
            // A folder changes with what is in it, which has events of its own.
            if (isNew)
            {
                _hints.AddFolder(relative);
            }
        }
        else
        {
            _hints.Add(folder, name);
        }
    }
}
