using DipPipeline.Contracts.Options;
using DipPipeline.Energy;

namespace DipPipeline.Engine.Restoration;

/// <summary>One picture to restore: everything that determines the result, and where it goes.</summary>
public sealed record RestorationRequest
{
    public required string PicturePath { get; init; }

    public required TaskPlugin Plugin { get; init; }

    /// <summary>The preset the options came from, for the record.</summary>
    public required string Preset { get; init; }

    public required OptionSet Options { get; init; }

    /// <summary>Companion name and file: <c>mask</c>.</summary>
    public IReadOnlyDictionary<string, string> CompanionPaths { get; init; } = new Dictionary<string, string>();

    /// <summary>The clean picture, for metrics only: it never changes the result.</summary>
    public string? ReferencePath { get; init; }

    /// <summary>Where the picture, its metrics, curve and preview go; made when absent.</summary>
    public required string OutputFolder { get; init; }

    public long Seed { get; init; }

    /// <summary><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>Go on from the job's checkpoint, where there is one that fits.</summary>
    public bool Resume { get; init; }

    /// <summary>More pixels than this are refused before decoding.</summary>
    public long MaximumPixels { get; init; } = 100_000_000;

    /// <summary>Memory the job may take, bytes; <see langword="null"/> asks the system.</summary>
    public long? FreeMemoryBytes { get; init; }
}
