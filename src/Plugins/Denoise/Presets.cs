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
            Help = "Recorrupted-to-recorrupted on three scales of 32 channels, with the estimated noise, in tiles of 320×320 that share half of their sides.",
            Values = ThreeScales(networks: "1", iterations: "500"),
        },
        new()
        {
            Name = "fast",
            Help = "Two scales and fewer iterations, by Muon, in tiles of 160×160.",
            Values = new Dictionary<string, string>(Recorrupted(iterations: "100", averageDecay: "0.97", patience: "100", tile: "160", overlap: "auto"))
            {
                // Twice as fast as Adam; fitted for longer it stores noise sooner (bench/README.md). All iterations are made; held-out pixels choose among them.
                ["optimiser"] = "muon",
                ["learning-rate"] = "0.006",
            },
        },
        new()
        {
            Name = "best",
            Help = "The mean of three networks of balanced: three times its time.",
            Values = ThreeScales(networks: "3", iterations: "1500"),
        },
    ];

    // What is smooth over many pixels gains by the third; small pictures neither gain nor lose much. Another network gains more than as many iterations
    // again of the first (bench/README.md).
    private static Dictionary<string, string> ThreeScales(string networks, string iterations) =>
        new(Recorrupted(iterations, averageDecay: "0.985", patience: "100", tile: "320", overlap: "160"))
        {
            ["channels-down"] = "32,32,32",
            ["channels-up"] = "32,32,32",
            ["channels-skip"] = "16,16,16",
            ["ensemble"] = networks,
        };

    // A picture that is not small keeps its network from storing noise for longer than this; where it is, held-out pixels tell.
    private static Dictionary<string, string> Recorrupted(string iterations, string averageDecay, string patience, string tile, string overlap) => new(SolverPresets.SelfSupervised(32))
    {
        ["objective"] = "recorrupted",
        ["recorruption"] = "1",
        ["iterations"] = iterations,
        ["average-decay"] = averageDecay,
        ["stop"] = "held-out",
        ["patience"] = patience,
        // Few steps are better spent on little, many on more to learn from; where tiles share much, a pixel is the mean of several networks (bench/README.md).
        ["tile"] = tile,
        ["tile-overlap"] = overlap,
    };
}
