namespace DipPipeline.Jobs.Leadership;

/// <summary>As long as it is held, this process is the only Watcher of the catalogue.</summary>
public sealed class CatalogueLeadership : IAsyncDisposable
{
    private readonly IAsyncDisposable _lock;

    internal CatalogueLeadership(IAsyncDisposable @lock, CancellationToken lost) => (_lock, Lost) = (@lock, lost);

    /// <summary>
    /// Cancelled when another may be leading by now: the connection to the server broke. Whoever leads then stops at once. With SQLite
    /// that cannot happen.
    /// </summary>
    public CancellationToken Lost { get; }

    /// <summary>Gives it up; one that stands by takes over.</summary>
    public ValueTask DisposeAsync() => _lock.DisposeAsync();
}
