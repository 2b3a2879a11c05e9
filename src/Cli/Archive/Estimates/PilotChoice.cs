namespace DipPipeline.Cli.Archive;

/// <summary>Which pictures of the sample stand for the others: of the commonest settings, evenly over the sizes.</summary>
internal static class PilotChoice
{
    /// <param name="sample">What there is.</param>
    /// <param name="count">How many to choose.</param>
    public static IReadOnlyList<SampledPicture> Of(IReadOnlyList<SampledPicture> sample, int count)
    {
        // Two sizes tell what a pixel costs; with one alone for each, few settings are better told than many.
        var groups = sample.GroupBy(s => s.Settings).OrderByDescending(g => g.Count()).Take(Math.Max(1, count / 2)).ToList();
        var chosen = new List<SampledPicture>();
        for (var g = 0; g < groups.Count; g++)
        {
            var bySize = groups[g].OrderBy(s => s.Pixels).ThenBy(s => s.Row.Number).ToList();
            var share = Math.Min(bySize.Count, count / groups.Count + (g < count % groups.Count ? 1 : 0));
            chosen.AddRange(Enumerable.Range(0, share).Select(i => bySize[(int)((i + 0.5) * bySize.Count / share)]));
        }

        return chosen;
    }
}
