namespace DipPipeline.Cli.Archive;

/// <summary>A row as its manifest has it, nothing checked.</summary>
internal readonly record struct WrittenRow
{
    /// <summary>The line it begins in, from 1; for a folder it counts the pictures.</summary>
    public required int Line { get; init; }

    public string Path { get; init; }
    public string? Task { get; init; }
    public string? Preset { get; init; }
    public string? Mask { get; init; }

    /// <summary>For <see cref="IManifest.Options"/>.</summary>
    public string? Options { get; init; }

    public string? Priority { get; init; }
    public string? Output { get; init; }

    /// <summary>Why there is no row in this line; a sentence.</summary>
    public string? Fault { get; init; }
}
