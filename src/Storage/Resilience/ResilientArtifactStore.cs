using Polly;
using Polly.Timeout;

namespace DipPipeline.Storage;

/// <summary>
/// A store whose operations are tried again, each as a whole, while the reason of their failure may pass. What may not, passes through:
/// a missing file, a path that leaves the root, a picture that this user may not read.
/// </summary>
internal sealed class ResilientArtifactStore(IArtifactStore inner, ResiliencePipeline pipeline, bool isOurs) : IArtifactStore
{
    /// <param name="isOurs">In a place of our own a permission that is lacking may be the work of a moment; in a person's it is theirs.</param>
    public static bool MayPass(Exception e, bool isOurs) => e switch
    {
        FileNotFoundException or PathTooLongException or ArtifactPathException or StorageRefusedException => false,
        UnauthorizedAccessException => isOurs,
        IOException or TimeoutRejectedException => true,
        _ => false,
    };

    public string Describe(string path) => inner.Describe(path);

    public Task<bool> IsEmptyAsync(CancellationToken cancellation) =>
        Persist("", inner.IsEmptyAsync, cancellation);

    public Task<bool> HasFilesAsync(CancellationToken cancellation) =>
        Persist("", inner.HasFilesAsync, cancellation);

    public Task<ArtifactInfo?> FindAsync(string path, CancellationToken cancellation) =>
        Persist(path, t => inner.FindAsync(path, t), cancellation);

    public Task<byte[]?> ReadAsync(string path, CancellationToken cancellation) =>
        Persist(path, t => inner.ReadAsync(path, t), cancellation);

    public Task<byte[]?> ReadAsync(string path, long offset, int count, CancellationToken cancellation) =>
        Persist(path, t => inner.ReadAsync(path, offset, count, t), cancellation);

    public Task ReadAsync(string path, Action<Stream> content, CancellationToken cancellation) =>
        Persist(path, t => inner.ReadAsync(path, content, t), cancellation);

    public Task WriteAsync(string path, Action<Stream> content, Action naming, CancellationToken cancellation) =>
        Persist(path, t => inner.WriteAsync(path, content, naming, t), cancellation);

    public Task WriteVolatileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        Persist(path, t => inner.WriteVolatileAsync(path, content, t), cancellation);

    public Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        Persist(path, t => inner.TryCreateAsync(path, content, t), cancellation);

    public Task DeleteAsync(string path, CancellationToken cancellation) =>
        Persist(path, t => inner.DeleteAsync(path, t), cancellation);

    public Task DeleteFolderAsync(string path, CancellationToken cancellation) =>
        Persist(path, t => inner.DeleteFolderAsync(path, t), cancellation);

    public Task<IReadOnlyList<FolderInfo>> FoldersAsync(string path, CancellationToken cancellation) =>
        Persist(path, t => inner.FoldersAsync(path, t), cancellation);

    public Task<FolderPage> ListAsync(string path, string? continuation, CancellationToken cancellation) =>
        Persist(path, t => inner.ListAsync(path, continuation, t), cancellation);

    private async Task<T> Persist<T>(string path, Func<CancellationToken, Task<T>> operation, CancellationToken cancellation)
    {
        try
        {
            return await pipeline.ExecuteAsync(async t => await operation(t).ConfigureAwait(false), cancellation).ConfigureAwait(false);
        }
        // A place of our own that refuses us is as good as away, until a person mends it.
        catch (Exception e) when (MayPass(e, isOurs) || (e is StorageRefusedException && isOurs))
        {
            throw new StorageUnavailableException(inner.Describe(path), e);
        }
    }

    private Task<bool> Persist(string path, Func<CancellationToken, Task> operation, CancellationToken cancellation) => Persist(path, async t =>
    {
        await operation(t).ConfigureAwait(false);
        return true;
    }, cancellation);
}
