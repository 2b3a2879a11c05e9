namespace DipPipeline.Cli.Restore;

/// <summary>What was asked for on the command line, as typed.</summary>
internal sealed record RestoreSettings
{
    /// <summary>Files and patterns.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    public string? Task { get; init; }

    public string? Preset { get; init; }

    /// <summary>The mask of the one picture; without it <c>NAME.mask.png</c> beside each picture is taken.</summary>
    public string? Mask { get; init; }

    public string? Reference { get; init; }

    public required string Out { get; init; }

    public IReadOnlyList<KeyValuePair<string, string>> Overrides { get; init; } = [];

    public long Seed { get; init; }

    public required string Device { get; init; }

    public long MaximumPixels { get; init; }

    public bool Resume { get; init; }

    public bool Json { get; init; }

    public bool Verbose { get; init; }

    /// <summary>Whether pictures were asked for in the plural, however many there turn out to be.</summary>
    public bool AreSeveral => Several(Images);

    /// <inheritdoc cref="AreSeveral"/>
    public static bool Several(IReadOnlyList<string> images) => images.Count > 1 || images.Any(PicturePattern.Is);
}
