using DipPipeline.Contracts.Options;

namespace DipPipeline.Contracts.Tasks;

/// <summary>All that the rest of the pipeline knows of a task: what <c>plugin.json</c> says, readable without loading an assembly.</summary>
public sealed record TaskDescriptor
{
    /// <summary>The version of the contract between engine and plugins that this build speaks.</summary>
    public const int CurrentContractVersion = 1;

    /// <summary>The word that names the task: <c>denoise</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The plugin's own version; part of every job id.</summary>
    public required string Version { get; init; }

    /// <summary>The contract the plugin was built against.</summary>
    public int ContractVersion { get; init; } = CurrentContractVersion;

    public required string Title { get; init; }

    /// <summary>The energy, as one line of mathematics.</summary>
    public required string Formula { get; init; }

    /// <summary>The engine's options and the task's own; see <see cref="SolverOptions"/>.</summary>
    public required IReadOnlyList<OptionDescriptor> Options { get; init; }

    public required IReadOnlyList<PresetDescriptor> Presets { get; init; }

    /// <summary>The preset used when none is named.</summary>
    public string DefaultPreset { get; init; } = "balanced";

    /// <summary>Files that belong to a picture, such as its mask.</summary>
    public IReadOnlyList<CompanionDescriptor> Companions { get; init; } = [];

    /// <summary>The classical method its result is compared with when there is a reference.</summary>
    public BaselineMethod Baseline { get; init; } = BaselineMethod.None;
}
