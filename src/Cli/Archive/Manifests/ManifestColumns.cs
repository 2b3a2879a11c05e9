using DipPipeline.Contracts.Options;

namespace DipPipeline.Cli.Archive;

/// <summary>What a manifest may say of a picture.</summary>
internal static class ManifestColumns
{
    public const string Path = "path";
    public const string Task = "task";
    public const string Preset = "preset";
    public const string Mask = "mask";
    public const string Options = "options";
    public const string Priority = "priority";
    public const string Output = "output";

    public static string[] All { get; } = [Path, Task, Preset, Mask, Options, Priority, Output];

    public static string Unknown(string name) => $"there is no column '{name}'{NearestName.Hint(name, All)}; accepted: {string.Join(", ", All)}.";
}
