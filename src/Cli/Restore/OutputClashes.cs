using DipPipeline.Contracts;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Restore;

/// <summary>Finds outputs that would overwrite an input or one another.</summary>
internal static class OutputClashes
{
    /// <summary>Marks each picture whose output would overwrite an input.</summary>
    /// <exception cref="RefusedException">Two pictures would write one file.</exception>
    public static IReadOnlyList<PicturePlan> Check(IReadOnlyList<PicturePlan> plans, RestoreSettings settings)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var input in plans.SelectMany(p => p.CompanionPaths.Values.Prepend(p.Path)).Concat(settings.Reference is { } gt ? [gt] : []))
        {
            inputs.TryAdd(RealPath.Of(input), input);
        }

        var writers = new Dictionary<string, string>(StringComparer.Ordinal);
        var folder = RealPath.Of(settings.Out);
        return [.. plans.Select(plan =>
        {
            var paths = new OutputPaths(plan.Path, settings.Out);
            string[] outputs = [paths.Picture, paths.Metrics, paths.Curve, paths.Preview];
            foreach (var output in outputs)
            {
                if (!writers.TryAdd(Path.Join(folder, Path.GetFileName(output)), plan.Path))
                {
                    throw new RefusedException(
                        $"'{writers[Path.Join(folder, Path.GetFileName(output))]}' and '{plan.Path}' would both write '{output}'; restore them into different folders with --out.");
                }
            }

            // An output that is itself a link to an input would overwrite it as well.
            var overwritten = outputs.FirstOrDefault(output => inputs.ContainsKey(RealPath.Of(output)));
            return overwritten is null ? plan : plan with
            {
                Refusal = $"The output '{overwritten}' of '{plan.Path}' would overwrite the input '{inputs[RealPath.Of(overwritten)]}'; choose another folder with --out.",
            };
        })];
    }
}
