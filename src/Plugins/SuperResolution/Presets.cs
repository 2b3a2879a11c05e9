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
            Values = new Dictionary<string, string>(SolverPresets.Published)
            {
                ["kernel"] = "lanczos2",
                ["input-noise"] = "0.03",
                ["iterations"] = "2000",
            },
        },
        new()
        {
            Name = "balanced",
            Help = "Two scales of 32 channels on Fourier features, by Muon, the mean of two networks.",
            Values = ByMuon(networks: "2", iterations: "1600"),
        },
        new()
        {
            Name = "fast",
            Help = "The same with fewer iterations.",
            Values = ByMuon(networks: "2", iterations: "700"),
        },
        new()
        {
            Name = "best",
            Help = "The mean of ten networks: some eight times the time of balanced.",
            Values = ByMuon(networks: "10", iterations: "12000"),
        },
    ];

    // Half of the rate is worse than Adam, and three times, too; 64 channels take three times as long for an iteration, and were no better after as
    // many; another network gains more than as many iterations again of the first (bench/README.md).
    private static Dictionary<string, string> ByMuon(string networks, string iterations) => new(SolverPresets.Narrow(32))
    {
        ["kernel"] = "lanczos3",
        ["optimiser"] = "muon",
        ["learning-rate"] = "0.003",
        ["ensemble"] = networks,
        ["iterations"] = iterations,
        ["average-decay"] = "0.97",
        ["back-projection"] = "5",
    };
}
