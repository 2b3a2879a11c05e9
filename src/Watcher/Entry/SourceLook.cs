namespace DipPipeline.Watcher;

/// <summary>A source that stands still and is not in the catalogue as it stands: to be hashed and entered, or refused.</summary>
internal sealed record SourceLook
{
    /// <summary>Where it was found; <see langword="null"/> for one that was submitted.</summary>
    public FolderExamination? Found { get; init; }

    /// <summary>Completed when it is entered, and failed when the storage is away; for whoever submitted it.</summary>
    public TaskCompletionSource? Entered { get; init; }

    /// <summary>Whether it is refused where it cannot be read: it was tried for long, and the storage was there.</summary>
    public bool IsLastTry { get; init; }

    /// <summary>What the catalogue knows it by: the picture's path, with the task for one that no watched folder has for it.</summary>
    public required string Source { get; init; }

    public required string Task { get; init; }

    public required string PluginVersion { get; init; }

    public required FileStamp Picture { get; init; }

    /// <summary>By name.</summary>
    public IReadOnlyDictionary<string, FileStamp> Companions { get; init; } = new Dictionary<string, FileStamp>();

    public required Fingerprint Fingerprint { get; init; }

    /// <summary>Relative to the storage's results.</summary>
    public required string Output { get; init; }

    /// <summary><see langword="null"/> where they could not be resolved; then there is a <see cref="Rejection"/>.</summary>
    public EffectiveOptions? Options { get; init; }

    /// <summary>Why it is refused, in one sentence.</summary>
    public string? Rejection { get; init; }
}
