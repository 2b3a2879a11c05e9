namespace DipPipeline.Engine;

/// <summary>The engine's version, as metrics and checkpoints record it.</summary>
public static class EngineVersion
{
    /// <summary>Major, minor and patch.</summary>
    public static string Current { get; } = typeof(EngineVersion).Assembly.GetName().Version!.ToString(3);
}
