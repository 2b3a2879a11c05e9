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
            Help = "Blind spot: two scales of 32 channels learn from dropped pixels how the missing ones follow from those around them, by Muon; the mean of two networks. Wider holes are bridged by a deeper network.",
            Values = ByMuon(networks: "2", iterations: "2400"),
        },
        new()
        {
            Name = "fast",
            Help = "One network, fewer iterations.",
            Values = ByMuon(networks: "1", iterations: "300"),
        },
        new()
        {
            Name = "best",
            Help = "The mean of three networks fitted for longer: two and a half times the time of balanced.",
            Values = ByMuon(networks: "3", iterations: "6000"),
        },
    ];

    // Better pictures than by Adam, in half of the iterations; twice the rate is worse (bench/README.md). No early stop: what is judged was not shown, so that
    // there is nothing to copy.
    private static Dictionary<string, string> ByMuon(string networks, string iterations) => new(SolverPresets.SelfSupervised(32))
    {
        ["objective"] = "blind-spot",
        ["wide-holes"] = "bridge",
        ["dropped"] = "0.3",
        ["optimiser"] = "muon",
        ["learning-rate"] = "0.006",
        ["ensemble"] = networks,
        ["iterations"] = iterations,
        ["average-decay"] = "0.98",
    };
}
