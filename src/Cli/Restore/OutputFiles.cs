namespace DipPipeline.Cli.Restore;

/// <summary>
/// The files a restoration writes, by the engine's rule: <c>photo.png</c>, for any other source format the whole name
/// is kept (<c>photo.jpg.png</c>), and the metrics, curve and preview beside it.
/// </summary>
internal static class OutputFiles
{
    private static readonly string[] Suffixes = [".png", ".json", ".curve.png", ".preview.jpg"];

    /// <summary>The restored picture first.</summary>
    public static IReadOnlyList<string> Of(string picture, string folder)
    {
        var name = Path.GetFileName(picture);
        var stem = name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? name[..^4] : name;
        return [.. Suffixes.Select(suffix => Path.Join(folder, stem + suffix))];
    }
}
