namespace DipPipeline.Watcher;

/// <summary>What one place says about how pictures are restored: the configuration, a folder's <c>.dip.json</c>, a picture's own file, or a submission.</summary>
internal sealed record OptionLayer
{
    /// <summary>The place, for messages.</summary>
    public required string Origin { get; init; }

    public string? Preset { get; init; }

    public long? Seed { get; init; }

    public int? Priority { get; init; }

    /// <summary>As typed.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();
}
