namespace DipPipeline.Cli.Bench;

/// <summary>The sample of each task, with its clean picture.</summary>
internal static class BenchSamples
{
    private const string Clean = "samples/scene.png";

    private static readonly (string Task, string Picture, string? Mask)[] s_samples =
    [
        ("denoise", "samples/scene_noisy.png", null),
        ("superres", "samples/scene_small.png", null),
        ("inpaint", "samples/scene_text.png", "samples/scene_text.mask.png"),
    ];

    /// <returns>Empty where they are not beside the program; the preset is still to be chosen.</returns>
    public static IReadOnlyList<PictureToRestore> Locate(string device) =>
        Checkout.Find([Clean, .. s_samples.Select(s => s.Picture)]) is not { } root ? []
        :
        [
            .. s_samples.Select(s => new PictureToRestore
            {
                Path = Path.Join(root, s.Picture),
                Task = s.Task,
                Preset = "",
                Reference = Path.Join(root, Clean),
                Mask = s.Mask is null ? null : Path.Join(root, s.Mask),
                Device = device,
            }),
        ];
}
