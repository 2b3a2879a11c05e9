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
        // JSON may hold null where the types promise none, and everything below relies on them.
        var errors = new List<string>(Nulls(task));
        if (errors.Count > 0)
        {
            return errors;
        }

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

        string[] missing = [.. SolverOptions.All.Select(o => o.Name).Except(task.Options.Select(o => o.Name))];
        if (missing.Length > 0)
        {
            errors.Add($"The task lacks the engine's {(missing.Length == 1 ? "option" : "options")} {string.Join(", ", missing)}; " +
                $"put {nameof(SolverOptions)}.{nameof(SolverOptions.All)} among its options and build the plugin again.");
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

    private static IEnumerable<string> Nulls(TaskDescriptor task) =>
    [
        .. Elements("option", task.Options),
        .. Elements("preset", task.Presets),
        .. Elements("companion", task.Companions),
        .. task.Options.Where(o => o?.Choices?.Contains(null!) == true).Select(o => $"A choice of option '{o.Name}' is null; accepted: a word or a number."),
        .. task.Presets.Where(p => p is not null).SelectMany(p => p.Values.Where(v => v.Value is null)
            .Select(v => $"Preset '{p.Name}' gives option '{v.Key}' the value null; accepted: text, as in \"600\".")),
    ];

    private static IEnumerable<string> Elements<T>(string what, IReadOnlyList<T> list) => list.Select((element, index) => (element, index))
        .Where(e => e.element is null).Select(e => $"{char.ToUpperInvariant(what[0])}{what[1..]} {e.index + 1} of the task is null; accepted: a description.");

    [GeneratedRegex("^[a-z][a-z0-9-]*$")]
    private static partial Regex Word();
}
