using DipPipeline.Contracts.Tasks;

namespace DipPipeline.PluginHost;

/// <summary>One plugin folder and what became of it.</summary>
public sealed record PluginEntry
{
    /// <summary>Full path of the plugin's folder.</summary>
    public required string Folder { get; init; }

    /// <summary>The folder's name, which people know the plugin by.</summary>
    public string Name => Path.GetFileName(Folder);

    /// <summary><see langword="null"/> where <c>plugin.json</c> cannot be read.</summary>
    public PluginManifest? Manifest { get; init; }

    public required PluginStatus Status { get; init; }

    /// <summary>One sentence, where the plugin failed.</summary>
    public string? Reason { get; init; }

    internal PluginEntry Fail(string reason) => this with { Status = PluginStatus.Failed, Reason = reason };
}
