using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Plugins.Denoise;

/// <summary>Measured in bench/README.md; nothing here is tuned to one picture.</summary>
internal static class Presets
{
    public static IReadOnlyList<PresetDescriptor> All { get; } =
    [
        new()
        {
            Name = "paper",
            Help = "As published: five scales of 128 channels, noise input perturbed by 1/30, Adam 0.01, 1,800 iterations, exponential average 0.99 (Ulyanov et al. 2018, section 3 and supplement).",
            Values = new Dictionary<string, string>
            {
                ["iterations"] = "1800",
                ["input-noise"] = "0.03333",
            },
        },
        new()
        {
            Name = "balanced",
            Help = "Two scales of 64 channels on Fourier features, stopped where the residual equals the estimated noise.",
            Values = Narrow(width: "64", iterations: "2000", inputNoise: "0.05"),
        },
        new()
        {
            Name = "fast",
            Help = "Two scales of 32 channels on Fourier features, stopped where the residual equals the estimated noise.",
            Values = Narrow(width: "32", iterations: "1400", inputNoise: "0"),
        },
    ];

    // Two scales without skips (Liu et al., "The Devil is in the Upsampling", 2023) on Fourier features: the position is all the
    // network is told, so few parameters and few iterations suffice. Perturbing them is worth 0.2 dB at width 64, nothing at 32.
    private static Dictionary<string, string> Narrow(string width, string iterations, string inputNoise) => new()
    {
        ["channels-down"] = $"{width},{width}",
        ["channels-up"] = $"{width},{width}",
        ["channels-skip"] = "0,0",
        ["padding"] = "zero",
        ["activation"] = "relu",
        ["bias"] = "false",
        ["input"] = "fourier",
        ["input-noise"] = inputNoise,
        ["iterations"] = iterations,
        ["stop"] = "discrepancy",
    };
}
