using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Plugins.SuperResolution;

/// <summary>Measured in bench/README.md; nothing here is tuned to one picture.</summary>
internal static class Presets
{
    public static IReadOnlyList<PresetDescriptor> All { get; } =
    [
        new()
        {
            Name = "paper",
            Help = "As published: five scales of 128 channels, noise input perturbed by 0.03, Lanczos2, Adam 0.01, 2,000 iterations (Ulyanov et al. 2018, supplement; 4,000 and 0.05 for factor 8 by --set).",
            Values = new Dictionary<string, string>
            {
                ["iterations"] = "2000",
                ["input-noise"] = "0.03",
                ["kernel"] = "lanczos2",
            },
        },
        new()
        {
            Name = "balanced",
            Help = "Two scales of 64 channels on Fourier features.",
            Values = Narrow(width: "64", iterations: "2000"),
        },
        new()
        {
            Name = "fast",
            Help = "Two scales of 64 channels on Fourier features, fewer iterations.",
            Values = Narrow(width: "64", iterations: "600"),
        },
    ];

    // Two scales without skips (Liu et al., "The Devil is in the Upsampling", 2023) on Fourier features: the position is all the
    // network is told, so few parameters and few iterations suffice.
    private static Dictionary<string, string> Narrow(string width, string iterations) => new()
    {
        ["channels-down"] = $"{width},{width}",
        ["channels-up"] = $"{width},{width}",
        ["channels-skip"] = "0,0",
        ["padding"] = "zero",
        ["activation"] = "relu",
        ["bias"] = "false",
        ["input"] = "fourier",
        ["input-noise"] = "0",
        ["iterations"] = iterations,
        ["average-decay"] = "0.97",
    };
}
