using System.Text.RegularExpressions;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.PluginHost;

/// <summary>What a descriptor must obey beyond its types, so that nobody downstream has to wonder.</summary>
internal static partial class TaskRules
{
    /// <summary>Every rule that <paramref name="task"/> breaks, one sentence each.</summary>
    public static IReadOnlyList<string> Errors(TaskDescriptor task)
    {
        var errors = new List<string>();
        // The id names folders that people drop pictures into.
        if (!Word().IsMatch(task.Id))
        {
            errors.Add($"The task's id is '{task.Id}'; accepted: lower-case letters, digits and hyphens, starting with a letter.");
        }

        if (string.IsNullOrWhiteSpace(task.Version))
        {
            errors.Add("The task's version is empty; results could not name what made them.");
        }

        Twice("option", task.Options.Select(o => o.Name));
        Twice("preset", task.Presets.Select(p => p.Name));
        Twice("companion", task.Companions.Select(c => c.Name));
        if (errors.Count > 0)
        {
            return errors;
        }

        errors.AddRange(task.Options.Where(o => OptionResolver.Canonical(o, o.Default) != o.Default)
            .Select(o => $"The default of option '{o.Name}' is '{o.Default}'; accepted: {o.Accepted}."));
        foreach (var preset in task.Presets.Select(p => p.Name).Append(task.DefaultPreset).Distinct())
        {
            try
            {
                OptionResolver.Resolve(task, preset, []);
            }
            catch (InvalidOptionsException e)
            {
                errors.AddRange(e.Errors.Select(error => $"Preset '{preset}': {error}"));
            }
        }

        return errors;

        void Twice(string what, IEnumerable<string> names) =>
            errors.AddRange(names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => $"There are {g.Count()} {what}s named '{g.Key}'."));
    }

    [GeneratedRegex("^[a-z][a-z0-9-]*$")]
    private static partial Regex Word();
}
