using System.Collections.Concurrent;
using DipPipeline.Storage;

namespace DipPipeline.Tests;

/// <summary>A store that a test can hold up, or have fail.</summary>
internal sealed class HookedStore(IArtifactStore inner) : IArtifactStore
{
    /// <summary>Runs before every operation with the path; throws what the operation is to throw.</summary>
    public Action<string>? Before { get; set; }

    /// <summary>Runs as a file that is written is about to take its name, before that is asked for the last time.</summary>
    public Action<string>? Naming { get; set; }

    /// <summary>What <see cref="TryCreateAsync"/> answers, given what it did.</summary>
    public Func<bool, bool>? Created { get; set; }

    /// <summary>What a volatile write waits for, where its caller may give up and the write goes on: a file server that is slow.</summary>
    public Func<string, Task>? Slowly { get; set; }

    /// <summary>Every part of a file that was asked for.</summary>
    public ConcurrentQueue<(string Path, int Bytes)> Parts { get; } = new();

    public string Describe(string path) => inner.Describe(path);

    public Task<bool> IsEmptyAsync(CancellationToken cancellation) => inner.IsEmptyAsync(cancellation);

    public Task<bool> HasFilesAsync(CancellationToken cancellation) => inner.HasFilesAsync(cancellation);

    public Task<ArtifactInfo?> FindAsync(string path, CancellationToken cancellation) => Hooked(path, () => inner.FindAsync(path, cancellation));

    public Task<byte[]?> ReadAsync(string path, CancellationToken cancellation) => Hooked(path, () => inner.ReadAsync(path, cancellation));

    public Task<byte[]?> ReadAsync(string path, long offset, int count, CancellationToken cancellation)
    {
        Parts.Enqueue((path, count));
        return Hooked(path, () => inner.ReadAsync(path, offset, count, cancellation));
    }

    public Task ReadAsync(string path, Action<Stream> content, CancellationToken cancellation) => Hooked(path, () => inner.ReadAsync(path, content, cancellation));

    public Task WriteAsync(string path, Action<Stream> content, Action naming, CancellationToken cancellation) => Hooked(path, () => inner.WriteAsync(
        path,
        content,
        () =>
        {
            Naming?.Invoke(path);
            naming();
        },
        cancellation));

    public Task WriteVolatileAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation) => Hooked(path, async () =>
    {
        if (Slowly is { } slowly)
        {
            await slowly(path).ContinueWith(_ => inner.WriteVolatileAsync(path, content, CancellationToken.None), TaskScheduler.Default).Unwrap().WaitAsync(cancellation);
            return;
        }

        await inner.WriteVolatileAsync(path, content, cancellation);
    });

    public async Task<bool> TryCreateAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellation)
    {
        var created = await Hooked(path, () => inner.TryCreateAsync(path, content, cancellation)).ConfigureAwait(false);
        return Created?.Invoke(created) ?? created;
    }

    public Task DeleteAsync(string path, CancellationToken cancellation) => Hooked(path, () => inner.DeleteAsync(path, cancellation));

    public Task DeleteFolderAsync(string path, CancellationToken cancellation) => Hooked(path, () => inner.DeleteFolderAsync(path, cancellation));

    public Task<IReadOnlyList<FolderInfo>> FoldersAsync(string path, CancellationToken cancellation) => Hooked(path, () => inner.FoldersAsync(path, cancellation));

    public Task<FolderPage> ListAsync(string path, string? continuation, CancellationToken cancellation) => Hooked(path, () => inner.ListAsync(path, continuation, cancellation));

    private T Hooked<T>(string path, Func<T> operation)
        where T : Task
    {
        Before?.Invoke(path);
        return operation();
    }
}
