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
            Values = new Dictionary<string, string>(SolverPresets.Published)
            {
                ["input-noise"] = "0.03333",
                ["iterations"] = "1800",
                ["average-decay"] = "0.99",
            },
        },
        new()
        {
            Name = "balanced",
            Help = "Two scales of 64 channels on Fourier features, stopped where the residual equals the estimated noise.",
            Values = Narrow(width: 64, iterations: "2000", inputNoise: "0.05"),
        },
        new()
        {
            Name = "fast",
            Help = "Two scales of 32 channels on Fourier features, stopped where the residual equals the estimated noise.",
            Values = Narrow(width: 32, iterations: "1400", inputNoise: "0"),
        },
    ];

    // Perturbing the features is worth 0.2 dB at width 64, nothing at 32.
    private static Dictionary<string, string> Narrow(int width, string iterations, string inputNoise) => new(SolverPresets.Narrow(width))
    {
        ["input-noise"] = inputNoise,
        ["iterations"] = iterations,
        ["average-decay"] = "0.99",
        ["stop"] = "discrepancy",
        ["discrepancy-factor"] = "1",
    };
}
