using DipPipeline.Contracts.Options;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;

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

    /// <summary>CPU threads where the job's options leave the number open; <see langword="null"/> takes one per core.</summary>
    public int? Threads { get; init; }

    /// <summary>Go on from the job's checkpoint, where there is one that fits.</summary>
    public bool Resume { get; init; }

    /// <summary>
    /// An attempt before ended with its process. What spoils a recording on a GPU does that, so nothing is recorded (<c>cuda-graphs=off</c>).
    /// </summary>
    public bool IsAfterCrash { get; init; }

    /// <summary>
    /// The checkpoint's file; <see langword="null"/> keeps it in the output folder. Its folder also holds finished tiles
    /// (<see cref="SavedState.TilePath"/>) and scratch files. All of it is removed with the job's success.
    /// </summary>
    public string? CheckpointPath { get; init; }

    /// <summary>Time between checkpoints; <see langword="null"/> goes by iterations, as the job's options say.</summary>
    public TimeSpan? CheckpointInterval { get; init; }

    /// <summary>
    /// Called after a checkpoint was written, on the thread of what it is of (tiles, or networks, at the same time have several), one at a time, so that whoever
    /// keeps the state elsewhere can fetch it. What it throws ends the restoration.
    /// </summary>
    public Action<SavedState>? Checkpointed { get; init; }

    /// <summary>Least time between reports of progress; zero reports every check, each tenth iteration.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>More pixels than this are refused before decoding.</summary>
    public long MaximumPixels { get; init; } = 100_000_000;

    /// <summary>
    /// Memory there is for the job, bytes: the device's, where that has its own; <see langword="null"/> asks the system. The job's option
    /// <c>memory</c>, where it is given, goes before.
    /// </summary>
    public long? FreeMemoryBytes { get; init; }

    /// <summary>Pictures with more pixels are decoded row by row, where they are done in tiles.</summary>
    internal long MostPixelsAtOnce { get; init; } = PictureReader.MostPixelsAtOnce;
}
