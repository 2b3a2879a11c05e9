using Amazon.S3;
using Amazon.S3.Model;

namespace DipPipeline.Storage.S3;

/// <summary>
/// A prefix of a bucket. An object appears as a whole or not at all, is on the medium once the server has answered, and is seen by whoever
/// asks after that: S3 promises all three, of reading and of listing.
/// </summary>
internal sealed class S3ArtifactStore : IArtifactStore
{
    // Requests of one removal at the same time. One by one: the request that removes many asks for checksums that not every server knows.
    private const int DeletesAtOnce = 8;

    private readonly S3Bucket _bucket;
    private readonly IObjectCreation _creation;
    private readonly int _partBytes;

    public S3ArtifactStore(IAmazonS3 client, S3Root root, S3Options options, TimeProvider time)
    {
        _bucket = new S3Bucket(client, root);
        _partBytes = options.PartBytes;
        var elected = new ElectedCreation(_bucket, time);
        _creation = options.ConditionalWrites switch
        {
            ConditionalWrites.Yes => new ConditionalCreation(_bucket),
            ConditionalWrites.No => elected,
            _ => new ProbedCreation(_bucket, new ConditionalCreation(_bucket), elected),
        };
    }

    public string Describe(string path) => _bucket.Describe(path);

    public async Task<bool> IsEmptyAsync(CancellationToken cancellation)
    {
        try
        {
            var page = await _bucket.ListAsync("", isDeep: true, null, 1, cancellation).ConfigureAwait(false);
            return page.S3Objects is not { Count: > 0 };
        }
        catch (StorageUnavailableException e) when (S3Faults.AnswerOf(e)?.ErrorCode == "NoSuchBucket")
        {
            return true; // Nor is there anything in a folder that does not exist.
        }
    }

    /// <summary>Nothing but objects is there.</summary>
    public async Task<bool> HasFilesAsync(CancellationToken cancellation) => !await IsEmptyAsync(cancellation).ConfigureAwait(false);

    public Task<ArtifactInfo?> FindAsync(string path, CancellationToken cancellation) => _bucket.HeadAsync(path, cancellation);

    public Task<byte[]?> ReadAsync(string path, CancellationToken cancellation) => _bucket.ReadAsync(path, null, cancellation);

    public Task<byte[]?> ReadAsync(string path, long offset, int count, CancellationToken cancellation) =>
        _bucket.ReadAsync(path, new ByteRange(offset, offset + count - 1), cancellation);

    public Task ReadAsync(string path, Action<Stream> content, CancellationToken cancellation) => OffThread(() =>
    {
        using var answer = _bucket.GetAsync(path, null, cancellation).GetAwaiter().GetResult();
        // Whoever gives up does not wait for a server that has stopped sending.
        using var giveUp = cancellation.Register(answer.Dispose);
        try
        {
            content(answer.ResponseStream);
        }
        catch (Exception e) when (S3Faults.Of(e, Describe(path)) is { } fault)
        {
            throw fault;
        }
        catch (Exception e) when (cancellation.IsCancellationRequested && e is ObjectDisposedException or IOException)
        {
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
    }, cancellation);

    public Task WriteAsync(string path, Action<Stream> content, Action naming, CancellationToken cancellation) => OffThread(() =>
    {
        ArtifactPath.Check(path);
        using var writer = _bucket.Writer(path, _partBytes, cancellation);
        content(writer);
        writer.Publish(naming);
    }, cancellation);

    public Task WriteVolatileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        _bucket.PutAsync(path, content, ifNone: false, cancellation);

    public Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) =>
        _creation.TryCreateAsync(path, content, cancellation);

    public Task DeleteAsync(string path, CancellationToken cancellation) => _bucket.DeleteAsync(path, cancellation);

    public async Task DeleteFolderAsync(string path, CancellationToken cancellation)
    {
        ArtifactPath.Check(path);
        await Parallel.ForEachAsync(
            _bucket.AllAsync(path, cancellation),
            new ParallelOptions { MaxDegreeOfParallelism = DeletesAtOnce, CancellationToken = cancellation },
            async (found, token) => await _bucket.DeleteKeyAsync(found.Key, path, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<FolderInfo>> FoldersAsync(string path, CancellationToken cancellation)
    {
        ArtifactPath.Check(path);
        // A prefix has no time of its own: that of the newest object below it.
        var (start, newest) = (_bucket.FolderPrefix(path).Length, new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal));
        await foreach (var found in _bucket.AllAsync(path, cancellation).ConfigureAwait(false))
        {
            if (found.Key.IndexOf('/', start) is var end && end > start)
            {
                var (name, time) = (found.Key[start..end], S3Bucket.Time(found.LastModified));
                newest[name] = newest.TryGetValue(name, out var known) && known > time ? known : time;
            }
        }

        return [.. newest.Select(f => new FolderInfo(f.Key, f.Value))];
    }

    public async Task<FolderPage> ListAsync(string path, string? continuation, CancellationToken cancellation)
    {
        var start = _bucket.FolderPrefix(path).Length;
        var page = await _bucket.ListAsync(path, isDeep: false, continuation, 1000, cancellation).ConfigureAwait(false);
        // An object whose key ends in a slash is what some programs make for a folder; names that no file can have are nobody's.
        return new FolderPage(
            [.. (page.S3Objects ?? []).Select(o => (Object: o, Name: o.Key[start..])).Where(o => IsName(o.Name))
                .Select(o => new ArtifactInfo(path.Length == 0 ? o.Name : $"{path}/{o.Name}", o.Object.Size ?? 0, S3Bucket.Time(o.Object.LastModified), o.Object.ETag))],
            [.. (page.CommonPrefixes ?? []).Select(p => p[start..^1]).Where(IsName)],
            page.IsTruncated == true ? page.NextContinuationToken : null);
    }

    internal static bool IsName(string name) => name is not ("" or "." or "..") && !name.Contains('/', StringComparison.Ordinal) && !name.Contains('\0', StringComparison.Ordinal);

    // What reads and writes does so on a thread of its own; the caller may give up on it.
    private static Task OffThread(Action work, CancellationToken cancellation) => Task.Run(work, cancellation).WaitAsync(cancellation);
}
