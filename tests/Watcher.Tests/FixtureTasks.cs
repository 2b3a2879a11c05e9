using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using Microsoft.Extensions.Logging.Abstractions;

namespace DipPipeline.Watcher.Tests;

/// <summary>Tasks as their manifests tell them; there is no assembly behind them.</summary>
internal static class FixtureTasks
{
    public static TaskDescriptor Denoise { get; } = Task("denoise");

    /// <summary>Needs a mask, for which alpha may stand in.</summary>
    public static TaskDescriptor Inpaint { get; } = Task("inpaint") with { Companions = [new() { Name = "mask", Help = "White keeps.", Required = true, AlphaSubstitutes = true }] };

    /// <summary>Needs a mask, whatever the picture.</summary>
    public static TaskDescriptor Repair { get; } = Task("repair") with { Companions = [new() { Name = "mask", Help = "White keeps.", Required = true }] };

    /// <summary>Takes a mask, and needs none.</summary>
    public static TaskDescriptor Weigh { get; } = Task("weigh") with { Companions = [new() { Name = "mask", Help = "White counts." }] };

    public static TaskDescriptor[] All { get; } = [Denoise, Inpaint, Repair, Weigh];

    /// <summary>Writes a folder of plugins.</summary>
    public static string Write(TemporaryFolder folder, params TaskDescriptor[] tasks)
    {
        foreach (var task in tasks.Length > 0 ? tasks : All)
        {
            folder.Write($"plugins/{task.Id}/plugin.json", new PluginManifest { Assembly = "None.dll", Type = "None", Task = task }.ToJson());
        }

        return folder.At("plugins");
    }

    public static KnownTasks Known(TemporaryFolder folder) => KnownTasks.Read(Write(folder), NullLogger.Instance);

    private static TaskDescriptor Task(string id) => new()
    {
        Id = id,
        Version = "1.0.0",
        Title = id,
        Formula = "E(x; x0) = 0",
        Options =
        [
            new() { Name = "iterations", Type = OptionType.Integer, Default = "1000", Minimum = 1, Maximum = 10_000, Help = "How many." },
            new() { Name = "rate", Type = OptionType.Number, Default = "0.01", Minimum = 0, Maximum = 1, Help = "How fast." },
            new() { Name = "average", Type = OptionType.Boolean, Default = "false", Help = "Whether." },
            new() { Name = "channels", Type = OptionType.IntegerList, Default = "8,8", Minimum = 1, Help = "How wide." },
        ],
        Presets =
        [
            new() { Name = "balanced", Help = "As it is.", Values = new Dictionary<string, string>() },
            new() { Name = "quick", Help = "Soon.", Values = new Dictionary<string, string> { ["iterations"] = "100" } },
        ],
    };
}
