namespace DipPipeline.Storage;

/// <summary>
/// A tree of files under one root: a folder, or a bucket's prefix. Paths are relative to the root, with forward slashes, and never lead
/// out of it. Safe for use by several threads and processes.
/// </summary>
/// <remarks>Every operation throws <see cref="ArtifactPathException"/> for a path that leaves the root, by its name or by a link.</remarks>
public interface IArtifactStore
{
    /// <summary>The path as a person finds it: <c>/data/restored/album/photo.png</c>.</summary>
    string Describe(string path);

    /// <summary>Whether nothing at all is there, the root itself perhaps neither: so looks a mount that was lost.</summary>
    Task<bool> IsEmptyAsync(CancellationToken cancellation);

    /// <summary>
    /// Whether there is a file, however deep, or something that this user may not look into. Folders alone are no sign that a mount is there: programs make
    /// some in its empty place.
    /// </summary>
    Task<bool> HasFilesAsync(CancellationToken cancellation);

    /// <summary>What stands there, or <see langword="null"/>. A folder is nothing.</summary>
    Task<ArtifactInfo?> FindAsync(string path, CancellationToken cancellation);

    /// <summary>A small file as a whole, or <see langword="null"/> where there is none. Opening and reading are one operation.</summary>
    Task<byte[]?> ReadAsync(string path, CancellationToken cancellation);

    /// <summary>Some bytes of a file of any size, fewer where it ends before; <see langword="null"/> where there is none. Opening and reading are one operation.</summary>
    /// <param name="path">Where.</param>
    /// <param name="offset">Where the first of them is.</param>
    /// <param name="count">How many; at least one.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<byte[]?> ReadAsync(string path, long offset, int count, CancellationToken cancellation);

    /// <summary>Reads a file of any size. Opening and reading are one operation.</summary>
    /// <param name="path">Where.</param>
    /// <param name="content">Reads the bytes, from the first; called again where the attempt before failed. Runs synchronously, on any thread.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    Task ReadAsync(string path, Action<Stream> content, CancellationToken cancellation);

    /// <summary>
    /// Writes a file so that its name never stands for half of it, and that it outlives a loss of power once this returns. Makes the
    /// folders on the way, replaces what stood there.
    /// </summary>
    /// <param name="path">Where.</param>
    /// <param name="content">Writes the bytes; called again where the attempt before failed. Runs synchronously, on any thread.</param>
    /// <param name="naming">
    /// Called when all is written and nothing but the name is left to give, as late as that can be; what it throws stops the attempt,
    /// and passes through.
    /// </param>
    /// <param name="cancellation">Stops the attempt; then the old file, or none, stands there.</param>
    Task WriteAsync(string path, Action<Stream> content, Action naming, CancellationToken cancellation);

    /// <summary>
    /// Writes a small file as a whole, where losing it with the power does no harm: not flushed to the medium.
    /// </summary>
    Task WriteVolatileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Writes a small file if there is none: of several callers at once, one gets <see langword="true"/>. Not flushed to the medium.</summary>
    /// <remarks>
    /// Callers that may meet give different bytes, as a claim with a random owner does: where an answer was lost, a store may have
    /// nothing but the bytes to tell whose file it was that came first.
    /// </remarks>
    Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation);

    /// <summary>Removes a file; one that is not there is fine.</summary>
    Task DeleteAsync(string path, CancellationToken cancellation);

    /// <summary>Removes a folder with all in it; one that is not there is fine.</summary>
    Task DeleteFolderAsync(string path, CancellationToken cancellation);

    /// <summary>The folders directly in a folder, by name; none where there is no such folder.</summary>
    Task<IReadOnlyList<FolderInfo>> FoldersAsync(string path, CancellationToken cancellation);

    /// <summary>
    /// What lies directly in a folder, page by page, in no particular order; nothing where there is no such folder. A file that is being
    /// written is not listed.
    /// </summary>
    /// <param name="path">The folder; empty for the root.</param>
    /// <param name="continuation">What the page before said comes next; <see langword="null"/> for the first page.</param>
    /// <param name="cancellation">Gives up.</param>
    Task<FolderPage> ListAsync(string path, string? continuation, CancellationToken cancellation);
}

public static class ArtifactStoreExtensions
{
    /// <summary>All that lies directly in a folder.</summary>
    /// <inheritdoc cref="IArtifactStore.ListAsync"/>
    public static async Task<FolderPage> ListAsync(this IArtifactStore store, string path, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        var (files, folders) = (new List<ArtifactInfo>(), new HashSet<string>(StringComparer.Ordinal));
        for (string? next = null; ;)
        {
            var page = await store.ListAsync(path, next, cancellation).ConfigureAwait(false);
            files.AddRange(page.Files);
            folders.UnionWith(page.Folders);
            if ((next = page.Continuation) is null)
            {
                return new FolderPage(files, [.. folders]);
            }
        }
    }

    /// <summary>
    /// Whether a store is away, which could not read one file: it does not answer, is shut to this user, or shows no file at all, as a mount that
    /// was lost does. Else the fault is the file's.
    /// </summary>
    public static async Task<bool> IsAwayAsync(this IArtifactStore store, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        try
        {
            return !await store.HasFilesAsync(cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageUnavailableException or IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    /// <inheritdoc cref="IArtifactStore.WriteAsync"/>
    public static Task WriteAsync(this IArtifactStore store, string path, Action<Stream> content, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        return store.WriteAsync(path, content, () => { }, cancellation);
    }
}

/// <summary>A file of a store.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">When it was last written, by the storage's clock.</param>
/// <param name="Version">Tells one content from another, where the storage says so (an ETag); else <see langword="null"/>.</param>
public sealed record ArtifactInfo(string Path, long Length, DateTimeOffset Modified, string? Version = null);

/// <summary>A part of what lies directly in a folder.</summary>
/// <param name="Files">Their paths are relative to the root.</param>
/// <param name="Folders">Their own names.</param>
/// <param name="Continuation">Asks for the page after; <see langword="null"/> where there is none.</param>
public sealed record FolderPage(IReadOnlyList<ArtifactInfo> Files, IReadOnlyList<string> Folders, string? Continuation = null);

/// <summary>A folder of a store.</summary>
/// <param name="Name">Its own name.</param>
/// <param name="Modified">When anything in it was last written, by the storage's clock.</param>
public sealed record FolderInfo(string Name, DateTimeOffset Modified);
