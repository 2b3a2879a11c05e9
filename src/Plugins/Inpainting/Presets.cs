using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Plugins.Inpainting;

/// <summary>Measured in bench/README.md; nothing here is tuned to one picture.</summary>
internal static class Presets
{
    public static IReadOnlyList<PresetDescriptor> All { get; } =
    [
        new()
        {
            Name = "paper",
            Help = "As published for missing pixels: five scales of 128 channels, noise input perturbed by 0.03, Adam 0.001, 11,000 iterations (Ulyanov et al. 2018, supplement; for text, skips of 128, nearest up-sampling, rate 0.01 and 6,000 iterations by --set).",
            Values = new Dictionary<string, string>(SolverPresets.Published)
            {
                ["input-noise"] = "0.03",
                ["learning-rate"] = "0.001",
                ["iterations"] = "11000",
            },
        },
        new()
        {
            Name = "balanced",
            Help = "Two scales of 64 channels on Fourier features.",
            Values = Narrow(width: 64, iterations: "2000"),
        },
        new()
        {
            Name = "fast",
            Help = "Two scales of 32 channels on Fourier features.",
            Values = Narrow(width: 32, iterations: "1000"),
        },
    ];

    private static Dictionary<string, string> Narrow(int width, string iterations) => new(SolverPresets.Narrow(width))
    {
        ["iterations"] = iterations,
        ["learning-rate-schedule"] = "cosine",
        ["average-decay"] = "0.98",
    };
}
