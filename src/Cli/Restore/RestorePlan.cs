using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Restore;

/// <summary>From what was typed to the pictures, their companions and their outputs. Reads folders, opens and writes nothing.</summary>
internal static class RestorePlan
{
    /// <exception cref="RefusedException">The call as a whole cannot be carried out.</exception>
    public static IReadOnlyList<PicturePlan> Make(RestoreSettings settings, TaskDescriptor task)
    {
        if (settings.Mask is not null && task.Companions.All(c => c.Name != "mask"))
        {
            throw new RefusedException($"Task '{task.Id}' takes no mask; leave --mask '{settings.Mask}' out.");
        }

        var pictures = Pictures(settings.Images, task);
        if (pictures.Count > 1 && (settings.Mask ?? settings.Reference) is { } single)
        {
            throw new RefusedException(
                $"{(settings.Mask is null ? "--reference" : "--mask")} '{single}' belongs to one picture, and {pictures.Count} were given; " +
                (settings.Mask is null ? "restore them one by one." : "put NAME.mask.png beside each picture instead."));
        }

        OutputFolder.Check(settings.Out);
        var plans = pictures.Select(picture => new PicturePlan(picture, Companions(picture, settings.Mask, task))).ToArray();
        return OutputClashes.Check(plans, settings);
    }

    private static List<string> Pictures(IReadOnlyList<string> images, TaskDescriptor task)
    {
        if (images.Count == 0)
        {
            throw new RefusedException("Say which pictures to restore: dip restore IMAGE… --task T.");
        }

        string[] companions = [.. task.Companions.Select(c => c.Name).Append("mask").Distinct()];
        var pictures = new List<string>();
        foreach (var image in images)
        {
            if (!PicturePattern.Is(image))
            {
                pictures.Add(image);
                continue;
            }

            var matches = PicturePattern.Expand(image);
            if (matches.Count == 0)
            {
                throw new RefusedException($"No file matches '{image}'.");
            }

            var found = matches.Where(match => !companions.Any(c => match.EndsWith($".{c}.png", StringComparison.Ordinal))).ToArray();
            if (found.Length == 0)
            {
                throw new RefusedException($"'{image}' matches only companions such as '{matches[0]}', which are not restored themselves.");
            }

            pictures.AddRange(found);
        }

        // The shell expands patterns too, and knows nothing of companions: a mask named together with its picture is not a picture.
        var theirs = pictures.SelectMany(picture => companions.Select(c => RealPath.Of(Beside(picture, c)))).ToHashSet(StringComparer.Ordinal);
        return [.. pictures.Where(picture => !theirs.Contains(RealPath.Of(picture))).DistinctBy(RealPath.Of)];
    }

    private static Dictionary<string, string> Companions(string picture, string? mask, TaskDescriptor task) => task.Companions
        .Select(c => (c.Name, Path: c.Name == "mask" && mask is not null ? mask : Beside(picture, c.Name), Given: c.Name == "mask" && mask is not null))
        .Where(c => c.Given || File.Exists(c.Path))
        .ToDictionary(c => c.Name, c => c.Path, StringComparer.Ordinal);

    private static string Beside(string picture, string companion) =>
        Path.Join(Path.GetDirectoryName(picture), $"{Path.GetFileNameWithoutExtension(picture)}.{companion}.png");
}
