namespace DipPipeline.Jobs.Runs;

/// <summary>A picture of which it is asked whether its result is there already, without reading it.</summary>
public sealed record DoneCandidate
{
    /// <summary>Relative to the results.</summary>
    public required string Output { get; init; }

    /// <summary>Bytes of the picture.</summary>
    public required long Length { get; init; }

    public required string Task { get; init; }
    public required string PluginVersion { get; init; }
    public required string Preset { get; init; }

    /// <summary>The effective options; one object for all candidates that share them.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    public required long Seed { get; init; }
}
