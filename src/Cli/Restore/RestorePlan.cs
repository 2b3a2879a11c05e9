using DipPipeline.Contracts.Tasks;
using DipPipeline.Contracts;
using DipPipeline.Storage;

namespace DipPipeline.Cli.Restore;

/// <summary>
/// From what was typed to the pictures, their companions and their outputs. Reads folders and earlier metrics, opens no picture.
/// What is wrong with one picture is its own refusal; the others go on.
/// </summary>
internal static class RestorePlan
{
    /// <exception cref="RefusedException">The call as a whole cannot be carried out.</exception>
    public static IReadOnlyList<PicturePlan> Make(RestoreSettings settings, TaskDescriptor task)
    {
        RequireNames(settings);
        if (settings.Mask is not null && task.Companions.All(c => c.Name != "mask"))
        {
            throw new RefusedException($"Task '{task.Id}' takes no mask; leave --mask '{settings.Mask}' out.");
        }

        var plans = Pictures(settings, task);
        if (plans.Count(p => p.Refusal is null) is > 1 and var count && (settings.Mask ?? settings.Reference) is { } single)
        {
            throw new RefusedException(
                $"{(settings.Mask is null ? "--reference" : "--mask")} '{single}' belongs to one picture, and {count} were given; " +
                (settings.Mask is null ? "restore them one by one." : "put NAME.mask.png beside each picture instead."));
        }

        return OutputClashes.Check(OutputFolder.Check(plans, settings.Out), settings);
    }

    private static void RequireNames(RestoreSettings settings)
    {
        if (settings.Images.Count == 0)
        {
            throw new RefusedException("Say which pictures to restore: dip restore IMAGE… --task T.");
        }

        if (settings is { Mask: "" } or { Reference: "" })
        {
            throw new RefusedException($"{(settings.Mask == "" ? "--mask" : "--reference")} is empty; accepted: a picture file.");
        }
    }

    private static List<PicturePlan> Pictures(RestoreSettings settings, TaskDescriptor task)
    {
        string[] companions = [.. task.Companions.Select(c => c.Name).Append("mask").Distinct()];
        var plans = settings.Images.SelectMany(image => Find(image, settings.Out, companions)).Select(plan => plan.Refusal is null
            ? plan with { CompanionPaths = Companions(plan.Path, settings.Mask, task) }
            : plan).ToList();

        // The shell expands patterns too, and knows nothing of companions: a mask named together with its picture is not a picture.
        var theirs = plans.Where(p => p.Refusal is null).SelectMany(p => companions.Select(c => RealPath.Of(Beside(p.Path, c)))).ToHashSet(StringComparer.Ordinal);
        return [.. plans.Where(p => p.Refusal is not null || !theirs.Contains(RealPath.Of(p.Path)))
            .DistinctBy(p => p.Refusal is null ? RealPath.Of(p.Path) : $"refused {p.Path}")];
    }

    private static IEnumerable<PicturePlan> Find(string image, string output, IReadOnlyList<string> companions)
    {
        if (image.Length == 0)
        {
            return [new(image, "The name of a picture is empty; accepted: a file or a pattern.")];
        }

        if (!PicturePattern.Is(image))
        {
            return [new(image)];
        }

        var matches = PicturePattern.Expand(image);
        if (matches.Count == 0)
        {
            return [new(image, $"No file matches '{image}'.")];
        }

        var results = new EarlierResults(image, output);
        var found = matches.Where(match => !companions.Any(c => match.EndsWith($".{c}.png", StringComparison.Ordinal)) && !results.Contains(match)).ToArray();
        return found.Length > 0
            ? found.Select(match => new PicturePlan(match))
            : [new(image, $"'{image}' matches only companions and earlier results such as '{matches[0]}', which are not restored unless they are named.")];
    }

    private static Dictionary<string, string> Companions(string picture, string? mask, TaskDescriptor task) => task.Companions
        .Select(c => (c.Name, Path: c.Name == "mask" && mask is not null ? mask : Beside(picture, c.Name), Given: c.Name == "mask" && mask is not null))
        .Where(c => c.Given || File.Exists(c.Path))
        .ToDictionary(c => c.Name, c => c.Path, StringComparer.Ordinal);

    private static string Beside(string picture, string companion) =>
        Path.Join(Path.GetDirectoryName(picture), $"{Path.GetFileNameWithoutExtension(picture)}.{companion}.png");
}
