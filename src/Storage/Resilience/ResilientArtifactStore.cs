using Polly;
using Polly.Timeout;

namespace DipPipeline.Storage;

/// <summary>
/// A store whose operations are tried again while the reason of their failure may pass. What it may not, passes through: a missing
/// file, a path that leaves the root, a file that this user may not read.
/// </summary>
internal sealed class ResilientArtifactStore(IArtifactStore inner, ResiliencePipeline read, ResiliencePipeline write) : IArtifactStore
{
    /// <summary>Reading refuses at once what this user may not read; a folder that cannot be written may be the work of a moment.</summary>
    public static bool MayPass(Exception e, bool isWrite) => e switch
    {
        FileNotFoundException or PathTooLongException or ArtifactPathException => false,
        UnauthorizedAccessException => isWrite,
        IOException or TimeoutRejectedException => true,
        _ => false,
    };

    public string Describe(string path) => inner.Describe(path);

    public Task<ArtifactInfo?> FindAsync(string path, CancellationToken cancellation) =>
        Read(path, t => inner.FindAsync(path, t), cancellation);

    public Task<byte[]?> ReadAsync(string path, CancellationToken cancellation) =>
        Read(path, t => inner.ReadAsync(path, t), cancellation);

    public Task<Stream> OpenReadAsync(string path, CancellationToken cancellation) =>
        Read(path, t => inner.OpenReadAsync(path, t), cancellation);

    public Task WriteAsync(string path, Action<Stream> content, CancellationToken cancellation) =>
        Write(path, t => inner.WriteAsync(path, content, t), cancellation);

    public Task WriteVolatileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        Write(path, t => inner.WriteVolatileAsync(path, content, t), cancellation);

    public Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        Write(path, t => inner.TryCreateAsync(path, content, t), cancellation);

    public Task DeleteAsync(string path, CancellationToken cancellation) =>
        Write(path, t => inner.DeleteAsync(path, t), cancellation);

    public Task DeleteFolderAsync(string path, CancellationToken cancellation) =>
        Write(path, t => inner.DeleteFolderAsync(path, t), cancellation);

    public Task<IReadOnlyList<FolderInfo>> FoldersAsync(string path, CancellationToken cancellation) =>
        Read(path, t => inner.FoldersAsync(path, t), cancellation);

    private async Task<T> Read<T>(string path, Func<CancellationToken, Task<T>> operation, CancellationToken cancellation)
    {
        try
        {
            return await read.ExecuteAsync(async t => await operation(t).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (MayPass(e, isWrite: false))
        {
            throw new StorageUnavailableException(inner.Describe(path), e);
        }
    }

    private async Task<T> Write<T>(string path, Func<CancellationToken, Task<T>> operation, CancellationToken cancellation)
    {
        try
        {
            return await write.ExecuteAsync(async t => await operation(t).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (MayPass(e, isWrite: true))
        {
            throw new StorageUnavailableException(inner.Describe(path), e);
        }
    }

    private Task<bool> Write(string path, Func<CancellationToken, Task> operation, CancellationToken cancellation) => Write(path, async t =>
    {
        await operation(t).ConfigureAwait(false);
        return true;
    }, cancellation);
}
