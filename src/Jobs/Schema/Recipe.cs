namespace DipPipeline.Jobs.Schema;

/// <summary>How a picture is made; a folder of 100,000 pictures has one, so that its jobs need not repeat it.</summary>
internal sealed class Recipe
{
    /// <summary>Derived from the rest.</summary>
    public required string Id { get; set; }

    public required string PluginVersion { get; set; }

    public required string Preset { get; set; }

    /// <summary>Name → value, as JSON.</summary>
    public required string Options { get; set; }
}
