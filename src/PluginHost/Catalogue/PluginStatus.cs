namespace DipPipeline.PluginHost;

public enum PluginStatus
{
    /// <summary>Described by its manifest; its assembly is not loaded yet.</summary>
    Available,

    /// <summary>Loaded and in use, until the process ends.</summary>
    Loaded,

    /// <summary>Cannot be used; the entry says why. Tried again after a restart only.</summary>
    Failed,
}
