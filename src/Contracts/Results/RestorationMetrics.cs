using System.Text.Json;
using System.Text.Json.Serialization;

namespace DipPipeline.Contracts.Results;

/// <summary>The metrics document beside each result: what was done, with what, and how well it went.</summary>
public sealed record RestorationMetrics
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // The PSNR of a perfect result is infinite, which JSON has no number for: it stands as "Infinity".
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
    };

    public required string JobId { get; init; }
    public required string Task { get; init; }
    public required PluginReference Plugin { get; init; }
    public required string EngineVersion { get; init; }
    public required string Preset { get; init; }

    /// <summary>Every effective option, defaults included.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    public required long Seed { get; init; }

    /// <summary><c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    /// <summary><c>float32</c> or <c>bfloat16</c>: what the network computed in.</summary>
    public required string Precision { get; init; }

    /// <summary>CPU threads the job used.</summary>
    public required int Threads { get; init; }

    public required PictureReference Input { get; init; }
    public required PictureReference Output { get; init; }

    /// <summary>How the picture was cut; absent where it was restored as a whole.</summary>
    public TilePlan? Tiles { get; init; }

    /// <summary>Networks of an ensemble that were fitted at the same time, each with its share of the CPU threads, which sums round by; absent where one after another.</summary>
    public int? NetworksAtOnce { get; init; }

    /// <summary>Iterations done, in tiles the sum over them; <see cref="ChosenIteration"/> says which one the result is of.</summary>
    public required int Iterations { get; init; }

    /// <summary>The iteration whose (averaged) output was kept; in tiles the sum over them.</summary>
    public required int ChosenIteration { get; init; }

    public required double IterationsPerSecond { get; init; }

    /// <summary>Wall time of the optimisation, earlier parts of a resumed run included.</summary>
    public required double Seconds { get; init; }

    /// <summary>Which rule stopped the run, and where; of an ensemble its last network, by its own iterations, and how many of them ended early; in tiles, which rules stopped how many.</summary>
    public required string StoppedBy { get; init; }

    /// <summary>In tiles the mean over them; one that has stopped counts with its last energy.</summary>
    public required EnergyRange Energy { get; init; }

    /// <summary>Given, estimated or (then a warning says so) assumed standard deviation of the noise, in 0..255 units; absent where the task does not use it.</summary>
    public double? NoiseSigma { get; init; }

    /// <summary>Where the prior is known to fail on such a picture; empty when nothing is suspected.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Times the run went back to its last good state.</summary>
    public int Divergences { get; init; }

    /// <summary>The generation of the output path (0 outside the pipeline).</summary>
    public required int Generation { get; init; }

    public required long PeakMemoryBytes { get; init; }

    /// <summary>The result that this one is a copy of, relative to the storage's results; absent for one of its own.</summary>
    public string? CopyOf { get; init; }

    /// <summary>Quality against the reference picture, where one was given.</summary>
    public Quality? Reference { get; init; }

    /// <summary>The classical method on the same input, where a reference was given.</summary>
    public BaselineQuality? Baseline { get; init; }

    public static RestorationMetrics Parse(string json) =>
        JsonSerializer.Deserialize<RestorationMetrics>(json, Json) ?? throw new JsonException("The metrics document is empty.");

    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>One JSON array, for several pictures in one call.</summary>
    public static string ToJson(IEnumerable<RestorationMetrics> metrics) => JsonSerializer.Serialize(metrics, Json);
}

/// <summary>Name and version of the plugin that supplied the energy.</summary>
public sealed record PluginReference(string Name, string Version);

/// <summary>How a picture is cut into tiles: a result depends on it beside the job, so metrics and checkpoints hold it. In pixels of the output.</summary>
/// <param name="Width">Width of every tile.</param>
/// <param name="Height">Height of every tile.</param>
/// <param name="Overlap">What neighbours share at least.</param>
/// <param name="Count">How many there are.</param>
/// <param name="AtOnce">How many are fitted at the same time, each with its share of the CPU threads, which sums round by.</param>
public sealed record TilePlan(int Width, int Height, int Overlap, int Count, int AtOnce = 1);

/// <summary>A picture file: where, what content, what format of pixels.</summary>
public sealed record PictureReference(string Path, string Sha256, int Width, int Height, int Channels, int BitDepth);

/// <summary>The course of the energy; where a wide hole was bridged first (<c>wide-holes=bridge</c>), of the run after that.</summary>
/// <param name="First">Energy at the first check.</param>
/// <param name="Last">Energy at the last check.</param>
/// <param name="Curve">At most <see cref="MostPoints"/> points evenly over the run, the last one included.</param>
public sealed record EnergyRange(
    double First, double Last, [property: JsonConverter(typeof(CurveLines))] IReadOnlyList<CurvePoint>? Curve = null)
{
    /// <summary>Enough to plot a run again; a full curve of a long run would bury the rest of the document.</summary>
    public const int MostPoints = 100;

    /// <summary>Thins a full curve.</summary>
    public static EnergyRange Of(double first, double last, IReadOnlyList<CurvePoint> full)
    {
        ArgumentNullException.ThrowIfNull(full);
        var step = Math.Max(1, (full.Count + MostPoints - 1) / MostPoints);
        return new EnergyRange(first, last, [.. full.Where((_, index) => (full.Count - 1 - index) % step == 0)]);
    }
}

/// <param name="Psnr">PSNR over all channels, dB.</param>
/// <param name="PsnrY">PSNR of BT.601 luma, dB.</param>
/// <param name="Ssim">SSIM of BT.601 luma, Gaussian window σ=1.5 (Wang et al. 2004).</param>
public sealed record Quality(double Psnr, double PsnrY, double Ssim);

/// <param name="Name">The method.</param>
/// <param name="Psnr">PSNR over all channels, dB.</param>
public sealed record BaselineQuality(string Name, double Psnr);
