using DipPipeline.Contracts.Tasks;

namespace DipPipeline.PluginHost;

/// <summary>Where plugins are, and which may load.</summary>
public sealed record PluginHostOptions
{
    /// <summary>The folder that holds one folder for each plugin; see <see cref="PluginFolder.Locate"/>. May be absent: then there are no plugins.</summary>
    public required string Folder { get; init; }

    /// <summary>
    /// SHA-256 (hexadecimal) of every file that may lie in a plugin's folder, its <c>.json</c> and <c>.pdb</c> aside: the plugin
    /// and the libraries it brings along. Empty, the default, allows everything: plugins run with the host's trust.
    /// </summary>
    public IReadOnlyCollection<string> AllowedHashes { get; init; } = [];
}
