namespace DipPipeline.Cli.Archive;

/// <summary>What holds where a row says nothing.</summary>
internal sealed record ManifestDefaults
{
    /// <summary>Below 0, the priority of what is dropped: a person does not wait behind an archive.</summary>
    public const int ArchivePriority = -10;

    /// <summary>The root of the pictures.</summary>
    public required string Inputs { get; init; }

    public string? Task { get; init; }
    public string? Preset { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Options { get; init; } = [];
    public long Seed { get; init; }
    public int Priority { get; init; } = ArchivePriority;
}
