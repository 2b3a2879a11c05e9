using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Entry;

namespace DipPipeline.Jobs.Tests;

/// <summary>Entries as the Watcher would make them.</summary>
internal static class Pictures
{
    private static readonly Dictionary<string, string> Options = new() { ["iterations"] = "3000", ["depth"] = "5" };

    /// <param name="name">Its path is <c>denoise/NAME.png</c>.</param>
    /// <param name="content">A hexadecimal letter or more; pictures of the same content are the same job.</param>
    public static JobEntry Picture(string name, string content) => new()
    {
        SourcePath = $"denoise/{name}.png",
        Fingerprint = $"{name}@{content}",
        JobId = content.PadRight(32, '0'),
        Task = "denoise",
        PluginVersion = "1.2.0",
        Preset = "default",
        Options = Options,
        Seed = 7,
        Picture = new SourceFile($"denoise/{name}.png", content.PadRight(64, '0'), 1234),
        Output = $"denoise/{name}.png",
    };

    public static JobEntry Refused(string name, string content, string reason) => Picture(name, content) with { Refusal = reason };
}
