namespace DipPipeline.Watcher;

/// <summary>A picture that is not taken yet: it changes, lacks a companion, or cannot be read.</summary>
internal sealed class WaitingSource
{
    /// <summary>Relative to the watched folder.</summary>
    public required string Folder { get; init; }

    public required string Name { get; init; }

    /// <summary>How it stood when it was looked at last.</summary>
    public required Fingerprint Fingerprint { get; set; }

    /// <summary>Since when it has stood so, by our own clock: the storage's may differ.</summary>
    public required DateTimeOffset Since { get; set; }

    /// <summary>When it is looked at again without an event; <see langword="null"/> while it is on its way.</summary>
    public DateTimeOffset? Due { get; set; }

    /// <summary>Since when it has stood still but lacked a companion.</summary>
    public DateTimeOffset? LackingSince { get; set; }

    /// <summary>Since when it has not been readable.</summary>
    public DateTimeOffset? UnreadableSince { get; set; }

    /// <summary>Why it cannot be read, in one sentence.</summary>
    public string? UnreadableReason { get; set; }
}
