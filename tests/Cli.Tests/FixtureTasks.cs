using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Tests;

internal static class FixtureTasks
{
    public static TaskDescriptor Denoise { get; } = new()
    {
        Id = "denoise",
        Version = "1.0.0",
        Title = "Denoising",
        Formula = "E(x; x0) = ‖x − x0‖²",
        Options = SolverOptions.All,
        Presets =
        [
            new() { Name = "balanced", Help = "For every day.", Values = new Dictionary<string, string> { ["iterations"] = "600" } },
            new() { Name = "fast", Help = "In a hurry.", Values = new Dictionary<string, string> { ["iterations"] = "200" } },
        ],
    };

    public static TaskDescriptor Inpaint { get; } = Denoise with
    {
        Id = "inpaint",
        Title = "Inpainting",
        Companions = [new() { Name = "mask", Help = "White keeps.", Required = true, AlphaSubstitutes = true }],
    };

    public static TaskDescriptor SuperResolution { get; } = Denoise with
    {
        Id = "superres",
        Title = "Super-resolution",
        Options = [.. SolverOptions.All, new() { Name = "factor", Type = OptionType.Integer, Default = "4", Choices = ["2", "3", "4", "8"], Help = "Factor." }],
    };
}
