using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Plugins.SuperResolution;

internal static class Presets
{
    public static IReadOnlyList<PresetDescriptor> All { get; } =
    [
        new()
        {
            Name = "paper",
            Help = "As published: five scales of 128 channels, 1,800 iterations (Ulyanov et al. 2018, section 3 and supplement).",
            Values = new Dictionary<string, string> { ["iterations"] = "1800" },
        },
        new()
        {
            Name = "balanced",
            Help = "To be measured.",
            Values = new Dictionary<string, string>(),
        },
        new()
        {
            Name = "fast",
            Help = "To be measured.",
            Values = new Dictionary<string, string>(),
        },
    ];
}
