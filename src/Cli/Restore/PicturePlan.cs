using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Restore;

/// <summary>One picture that is to be restored.</summary>
/// <param name="Path">As typed, or as the pattern found it.</param>
/// <param name="Refusal">Why it cannot be, where that is known before it is opened; then <paramref name="Path"/> may be a pattern.</param>
internal sealed record PicturePlan(string Path, string? Refusal = null)
{
    /// <summary>Companion name and file.</summary>
    public IReadOnlyDictionary<string, string> CompanionPaths { get; init; } = new Dictionary<string, string>();

    /// <summary>The files that its restoration leaves.</summary>
    public IReadOnlyList<string> Outputs(string folder)
    {
        var paths = new OutputPaths(Path, folder);
        return [paths.Picture, paths.Metrics, paths.Curve, paths.Preview];
    }
}
