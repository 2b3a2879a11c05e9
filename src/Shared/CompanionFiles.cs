namespace DipPipeline;

/// <summary>Where a picture's companion is looked for: beside it, under its name.</summary>
internal static class CompanionFiles
{
    /// <param name="picture">The picture's path.</param>
    /// <param name="companion">The companion's name: <c>mask</c>.</param>
    /// <returns>Paths, of which the first that is there counts.</returns>
    public static IEnumerable<string> Of(string picture, string companion)
    {
        var stem = $"{Path.ChangeExtension(picture, null)}.{companion}";
        return [stem + ".png", stem + ".PNG"];
    }
}
