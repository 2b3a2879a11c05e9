using DipPipeline.Storage;

namespace DipPipeline.Cli.Restore;

/// <summary>Finds outputs that would overwrite an input or one another.</summary>
internal static class OutputClashes
{
    /// <summary>Marks each picture whose output would overwrite an input, or what a picture before it writes.</summary>
    public static IReadOnlyList<PicturePlan> Check(IReadOnlyList<PicturePlan> plans, RestoreSettings settings)
    {
        var inputs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var input in plans.Where(p => p.Refusal is null).SelectMany(p => p.CompanionPaths.Values.Prepend(p.Path)).Concat(settings.Reference is { } gt ? [gt] : []))
        {
            inputs.TryAdd(RealPath.Of(input), input);
        }

        var writers = new Dictionary<string, string>(StringComparer.Ordinal);
        var folder = RealPath.Of(settings.Out);
        return [.. plans.Select(plan => plan.Refusal is null && Refusal(plan) is { } refusal ? plan with { Refusal = refusal } : plan)];

        string? Refusal(PicturePlan plan)
        {
            var outputs = plan.Outputs(settings.Out);
            // An output that is itself a link to an input would overwrite it as well.
            if (outputs.FirstOrDefault(output => inputs.ContainsKey(RealPath.Of(output))) is { } overwritten)
            {
                return $"The output '{overwritten}' of '{plan.Path}' would overwrite the input '{inputs[RealPath.Of(overwritten)]}'; choose another folder with --out.";
            }

            if (outputs.FirstOrDefault(output => writers.ContainsKey(Place(output))) is { } taken)
            {
                return $"'{writers[Place(taken)]}' and '{plan.Path}' would both write '{taken}'; restore them into different folders with --out.";
            }

            foreach (var output in outputs)
            {
                writers.Add(Place(output), plan.Path);
            }

            return null;
        }

        string Place(string output) => Path.Join(folder, Path.GetFileName(output));
    }
}
