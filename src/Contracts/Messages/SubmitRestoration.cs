namespace DipPipeline.Contracts.Messages;

/// <summary>Asks the Watcher to enter pictures that lie in the storage's inputs, as if they had been dropped into a watched folder.</summary>
public sealed record SubmitRestoration
{
    /// <summary>Relative to the storage's inputs, with forward slashes.</summary>
    public required IReadOnlyList<string> Paths { get; init; }

    public required string Task { get; init; }

    /// <summary><see langword="null"/> takes the task's default.</summary>
    public string? Preset { get; init; }

    /// <summary>As typed; checked by the Watcher.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    public long Seed { get; init; }

    /// <summary>Higher is sooner.</summary>
    public int Priority { get; init; }
}
