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
            Help = "Recorrupted-to-recorrupted by Muon, with the estimated noise: the mean of three networks of three scales, in tiles of 320×320.",
            Values = ThreeScales(networks: "3", iterations: "450"),
        },
        new()
        {
            Name = "fast",
            Help = "One network of two scales and fewer iterations, in tiles of 160×160.",
            Values = Recorrupted(networks: "1", iterations: "100", tile: "160"),
        },
        new()
        {
            Name = "best",
            Help = "The mean of eight networks of balanced: nearly three times its time.",
            Values = ThreeScales(networks: "8", iterations: "1200"),
        },
    ];

    // What is smooth over many pixels gains by the third scale. Another network gains more than as many iterations again of the first, or than tiles that
    // share half of their sides, for the same time (bench/README.md).
    private static Dictionary<string, string> ThreeScales(string networks, string iterations) => new(Recorrupted(networks, iterations, tile: "320"))
    {
        ["channels-down"] = "32,32,32",
        ["channels-up"] = "32,32,32",
        ["channels-skip"] = "16,16,16",
    };

    // A picture that is not small keeps its network from storing noise for longer than this; where it is, held-out pixels tell. Muon is twice as fast as
    // Adam; fitted for longer it stores noise sooner (bench/README.md).
    private static Dictionary<string, string> Recorrupted(string networks, string iterations, string tile) => new(SolverPresets.SelfSupervised(32))
    {
        ["objective"] = "recorrupted",
        ["recorruption"] = "1",
        // White comes out as white: without, 253 of 255 as 248 to 251 after so few iterations; of PSNR it takes 0.1 dB at most (bench/README.md).
        ["sigmoid-margin"] = "0.05",
        ["optimiser"] = "muon",
        ["learning-rate"] = "0.006",
        ["ensemble"] = networks,
        ["iterations"] = iterations,
        ["average-decay"] = "0.97",
        ["stop"] = "held-out",
        ["patience"] = "100",
        // Few steps are better spent on little, many on more to learn from (bench/README.md).
        ["tile"] = tile,
        ["tile-overlap"] = "auto",
    };
}
