using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Contracts.Tests.Options;

/// <summary>A small task with an option of every type.</summary>
internal static class Schema
{
    public static TaskDescriptor Task { get; } = new()
    {
        Id = "sharpen",
        Version = "2.1.0",
        Title = "Sharpening",
        Formula = "E(x; x0) = ‖x − x0‖²",
        Options =
        [
            new() { Name = "factor", Type = OptionType.Integer, Default = "4", Choices = ["2", "3", "4", "8"], Help = "Factor." },
            new() { Name = "iterations", Type = OptionType.Integer, Default = "100", Minimum = 1, Maximum = 1000, Help = "Iterations." },
            new() { Name = "learning-rate", Type = OptionType.Number, Default = "0.01", Minimum = 0, Maximum = 10, Help = "Rate." },
            new() { Name = "noise-sigma", Type = OptionType.Number, Default = "auto", Minimum = 0, AllowsAuto = true, Help = "Noise." },
            new() { Name = "sigmoid", Type = OptionType.Boolean, Default = "true", Help = "Squash." },
            new() { Name = "kernel", Type = OptionType.Choice, Default = "box", Choices = ["box", "lanczos2"], Help = "Kernel." },
            new() { Name = "channels", Type = OptionType.IntegerList, Default = "8,16", Minimum = 1, Maximum = 64, Help = "Channels." },
        ],
        Presets =
        [
            new() { Name = "balanced", Help = "Default.", Values = new Dictionary<string, string> { ["iterations"] = "200" } },
            new() { Name = "fast", Help = "Fast.", Values = new Dictionary<string, string> { ["iterations"] = "50", ["kernel"] = "lanczos2" } },
        ],
        Companions = [new() { Name = "mask", Help = "White keeps.", Required = true, AlphaSubstitutes = true }],
        Baseline = BaselineMethod.NonLocalMeans,
    };

    public static OptionSet Resolve(string? preset = null, params IReadOnlyList<(string Name, string Value)> overrides) =>
        OptionResolver.Resolve(Task, preset, overrides.Select(o => KeyValuePair.Create(o.Name, o.Value)));
}
