using System.Globalization;
using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Metrics;

namespace DipPipeline.Cli.Pipeline;

/// <summary>The pictures of the demonstration: each into the folder of its task, its companions first.</summary>
internal sealed class DemoSamples
{
    // Same for all: minutes, not tens of them.
    private const string FolderOptions = """{ "preset": "fast" }""";

    private static readonly (string Task, string File)[] s_drops =
    [
        ("denoise", "scene_noisy.png"),
        ("inpaint", "scene_text.mask.png"),
        ("inpaint", "scene_text.png"),
        ("superres", "scene_small.png"),
    ];

    private readonly string _folder;

    private DemoSamples(string folder) => _folder = folder;

    public static IEnumerable<string> Tasks => s_drops.Select(drop => drop.Task).Distinct();

    public int Count { get; } = s_drops.Count(drop => !drop.File.EndsWith(".mask.png", StringComparison.Ordinal));

    /// <summary>The nearest <c>samples</c> folder in or above the program's.</summary>
    /// <exception cref="RefusedException">There is none.</exception>
    public static DemoSamples Locate()
    {
        return Checkout.Find([.. s_drops.Select(drop => Path.Join("samples", drop.File))]) is { } root
            ? new DemoSamples(Path.Join(root, "samples"))
            : throw new RefusedException("The samples of the demonstration are not there; run it in a clone of the repository.");
    }

    public void Drop(string watch)
    {
        foreach (var (task, file) in s_drops)
        {
            var folder = Path.Join(watch, task);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Join(folder, ".dip.json"), FolderOptions);
            File.Copy(Path.Join(_folder, file), Path.Join(folder, file), overwrite: true);
        }
    }

    /// <summary>PSNR of a result against the clean scene, which the pipeline has not seen.</summary>
    public string Quality(string result)
    {
        var quality = QualityMetrics.Compare(PictureReader.Read(result, int.MaxValue), PictureReader.Read(Path.Join(_folder, "scene.png"), int.MaxValue));
        return quality.Psnr.ToString("0.00 dB", CultureInfo.InvariantCulture);
    }
}
