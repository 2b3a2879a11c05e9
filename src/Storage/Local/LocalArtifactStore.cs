namespace DipPipeline.Storage;

/// <summary>A folder of this machine, or one mounted into it (NFS, SMB, a PersistentVolume).</summary>
public sealed class LocalArtifactStore : IArtifactStore
{
    // A leading dot keeps folder watchers away, ours included.
    private const string TemporaryPrefix = ".dip-";

    private readonly string _root;
    private readonly string _realRoot;

    /// <param name="root">The folder; made when absent.</param>
    public LocalArtifactStore(string root)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        Directory.CreateDirectory(_root);
        _realRoot = RealPath.Of(_root);
    }

    /// <inheritdoc/>
    public string Describe(string path) => Path.Join(_root, path);

    /// <inheritdoc/>
    public Task<bool> IsEmptyAsync(CancellationToken cancellation) =>
        OffThread(() => !Directory.Exists(_root) || !Directory.EnumerateFileSystemEntries(_root).Any(), cancellation);

    /// <inheritdoc/>
    public Task<bool> HasFilesAsync(CancellationToken cancellation) =>
        OffThread(() => Directory.Exists(_root) && HasFiles(new DirectoryInfo(_root), cancellation), cancellation);

    /// <inheritdoc/>
    public Task<ArtifactInfo?> FindAsync(string path, CancellationToken cancellation) => OffThread(() =>
    {
        var file = new FileInfo(Locate(path));
        return file.Exists ? new ArtifactInfo(path, file.Length, file.LastWriteTimeUtc) : null;
    }, cancellation);

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(string path, CancellationToken cancellation) => OffThread<byte[]?>(() =>
    {
        try
        {
            using var file = Open(path);
            using var bytes = new MemoryStream();
            file.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }, cancellation);

    /// <inheritdoc/>
    public Task<byte[]?> ReadAsync(string path, long offset, int count, CancellationToken cancellation) => OffThread<byte[]?>(() =>
    {
        try
        {
            using var file = Open(path);
            file.Position = offset;
            var bytes = new byte[count];
            return bytes[..file.ReadAtLeast(bytes, count, throwOnEndOfStream: false)];
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }, cancellation);

    /// <inheritdoc/>
    public Task ReadAsync(string path, Action<Stream> content, CancellationToken cancellation) => OffThread(() =>
    {
        using var file = Open(path);
        content(file);
    }, cancellation);

    /// <inheritdoc/>
    public Task WriteAsync(string path, Action<Stream> content, Action naming, CancellationToken cancellation) =>
        OffThread(() => Write(path, content, naming, flush: true, cancellation), cancellation);

    /// <inheritdoc/>
    public Task WriteVolatileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        OffThread(() => Write(path, stream => stream.Write(content.Span), () => { }, flush: false, cancellation), cancellation);

    /// <inheritdoc/>
    public Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) => OffThread(() =>
    {
        var target = Locate(path);
        var folder = Path.GetDirectoryName(target)!;
        return Again(folder, () =>
        {
            var temporary = Temporary(target);
            File.WriteAllBytes(temporary, content.Span);
            try
            {
                // Fails where the name is taken, on every POSIX file system: of two callers one wins, and nobody sees half of it.
                return HardLink.TryCreate(temporary, target);
            }
            finally
            {
                File.Delete(temporary);
            }
        });
    }, cancellation);

    /// <inheritdoc/>
    public Task DeleteAsync(string path, CancellationToken cancellation) => OffThread(() =>
    {
        try
        {
            File.Delete(Locate(path));
        }
        catch (DirectoryNotFoundException)
        {
            return; // Then the file is not there either.
        }
    }, cancellation);

    /// <inheritdoc/>
    public Task DeleteFolderAsync(string path, CancellationToken cancellation) => OffThread(() =>
    {
        try
        {
            Directory.Delete(Locate(path), recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            return; // Another was faster.
        }
    }, cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<FolderInfo>> FoldersAsync(string path, CancellationToken cancellation) => OffThread<IReadOnlyList<FolderInfo>>(() =>
    {
        var folder = new DirectoryInfo(Locate(path));
        return folder.Exists
            ? [.. folder.EnumerateDirectories().Select(d => new FolderInfo(d.Name, d.EnumerateFiles().Select(f => f.LastWriteTimeUtc).Append(d.LastWriteTimeUtc).Max()))]
            : [];
    }, cancellation);

    /// <inheritdoc/>
    public Task<FolderPage> ListAsync(string path, string? continuation, CancellationToken cancellation) => OffThread(() =>
    {
        var folder = new DirectoryInfo(path.Length == 0 ? _root : Locate(path));
        var (files, folders) = (new List<ArtifactInfo>(), new List<string>());
        foreach (var entry in folder.Exists ? folder.EnumerateFileSystemInfos() : [])
        {
            var at = path.Length == 0 ? entry.Name : $"{path}/{entry.Name}";
            if ((entry.LinkTarget is not null && !IsWithin(entry.FullName)) || entry.Name.StartsWith(TemporaryPrefix, StringComparison.Ordinal))
            {
                continue;
            }
            else if (entry is FileInfo file)
            {
                files.Add(new ArtifactInfo(at, file.Length, file.LastWriteTimeUtc));
            }
            else
            {
                folders.Add(entry.Name);
            }
        }

        return new FolderPage(files, folders);
    }, cancellation);

    private FileStream Open(string path)
    {
        try
        {
            // Shared with writers: a lock would need one on every network file system.
            return new FileStream(Locate(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 64 << 10);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new FileNotFoundException(e.Message, path, e);
        }
    }

    private void Write(string path, Action<Stream> content, Action naming, bool flush, CancellationToken cancellation)
    {
        var target = Locate(path);
        Again(Path.GetDirectoryName(target)!, () =>
        {
            var temporary = Temporary(target);
            try
            {
                using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
                {
                    content(stream);
                    stream.Flush(flushToDisk: flush);
                }

                naming();
                cancellation.ThrowIfCancellationRequested();
                File.Move(temporary, target, overwrite: true);
                if (flush)
                {
                    FolderSync.Flush(Path.GetDirectoryName(target)!);
                }
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }

            return true;
        });
    }

    // Somebody may remove the folder as an empty one between our making it and our writing.
    private static T Again<T>(string folder, Func<T> write)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                Directory.CreateDirectory(folder);
                return write();
            }
            catch (Exception e) when (e is DirectoryNotFoundException or FileNotFoundException && tries < 10)
            {
                continue;
            }
        }
    }

    private static string Temporary(string target) =>
        Path.Combine(Path.GetDirectoryName(target)!, $"{TemporaryPrefix}{Guid.NewGuid():N}.tmp");

    /// <summary>The full path, proven to lie within the root with every link on the way followed.</summary>
    private string Locate(string path)
    {
        var full = Path.Join(_root, ArtifactPath.Check(path));
        return IsWithin(full)
            ? full
            : throw new ArtifactPathException(path, $"'{full}' leads out of the storage, to '{RealPath.Of(full)}'; accepted: files and links within '{_root}'.");
    }

    private bool IsWithin(string full) => RealPath.Of(full).StartsWith(_realRoot == "/" ? "/" : _realRoot + "/", StringComparison.Ordinal);

    // A server that hangs holds a thread of the pool, not the caller, who may give up.
    private static Task OffThread(Action work, CancellationToken cancellation) =>
        Task.Run(work, cancellation).WaitAsync(cancellation);

    private static Task<T> OffThread<T>(Func<T> work, CancellationToken cancellation) =>
        Task.Run(work, cancellation).WaitAsync(cancellation);

    // Into the first folder first: the first file is near, however many folders there are.
    private static bool HasFiles(DirectoryInfo folder, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        List<DirectoryInfo> folders = [];
        foreach (var entry in folder.EnumerateFileSystemInfos())
        {
            if (entry is not DirectoryInfo below)
            {
                return true;
            }

            folders.Add(below);
        }

        return folders.Any(below =>
        {
            try
            {
                // A link is something that somebody put there, wherever it leads. Asked of none that need not be entered.
                return below.LinkTarget is not null || HasFiles(below, cancellation);
            }
            catch (UnauthorizedAccessException)
            {
                return true;
            }
            catch (DirectoryNotFoundException)
            {
                return false; // Deleted meanwhile.
            }
        });
    }
}
