using System.Globalization;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Contracts.Options;

/// <summary>Defaults, then the preset, then the caller's own values: the nearest wins. Reports every error at once.</summary>
public static class OptionResolver
{
    /// <param name="task">Whose schema and presets apply.</param>
    /// <param name="preset">A preset's name, or <see langword="null"/> for the task's default preset.</param>
    /// <param name="overrides">Name and value as typed; names and words are compared exactly.</param>
    /// <exception cref="InvalidOptionsException">A preset, name or value is not of the schema; carries all errors.</exception>
    public static OptionSet Resolve(
        TaskDescriptor task, string? preset, IEnumerable<KeyValuePair<string, string>> overrides)
    {
        ArgumentNullException.ThrowIfNull(task);
        ArgumentNullException.ThrowIfNull(overrides);
        var errors = new List<string>();
        var unknown = new List<string>();
        var values = task.Options.ToDictionary(o => o.Name, o => o.Default, StringComparer.Ordinal);
        preset ??= task.DefaultPreset;
        var chosen = task.Presets.FirstOrDefault(p => p.Name == preset);
        if (chosen is null)
        {
            errors.Add($"Task '{task.Id}' has no preset '{preset}'{NearestName.Hint(preset, task.Presets.Select(p => p.Name))}; " +
                $"it has {string.Join(", ", task.Presets.Select(p => p.Name))}.");
        }

        Apply(chosen is null ? [] : chosen.Values);
        Apply(overrides);
        return errors.Count == 0
            ? new OptionSet(task.Options.Select(o => KeyValuePair.Create(o.Name, values[o.Name])))
            : throw new InvalidOptionsException(errors, unknown);

        void Apply(IEnumerable<KeyValuePair<string, string>> given)
        {
            foreach (var (name, text) in given)
            {
                var option = task.Options.FirstOrDefault(o => o.Name == name);
                if (option is null)
                {
                    var hint = NearestName.Hint(name, task.Options.Select(o => o.Name));
                    errors.Add($"Task '{task.Id}' has no option '{name}'{hint}.");
                    unknown.AddRange(hint.Length == 0 ? [name] : []);
                }
                else if (Canonical(option, text) is { } canonical)
                {
                    values[name] = canonical;
                }
                else
                {
                    errors.Add($"Option '{name}' is '{text}'; accepted: {option.Accepted}.");
                }
            }
        }
    }

    /// <summary>The canonical text of a value, or <see langword="null"/> when the option does not accept it.</summary>
    public static string? Canonical(OptionDescriptor option, string text)
    {
        ArgumentNullException.ThrowIfNull(option);
        ArgumentNullException.ThrowIfNull(text);
        text = text.Trim();
        if ((option.AllowsAuto && text == OptionDescriptor.Auto) || (option.AllowsOff && text == OptionDescriptor.Off))
        {
            return text;
        }

        var canonical = option.Type switch
        {
            OptionType.Integer => Whole(text),
            OptionType.Number => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number) && InRange(number) ? Real(number) : null,
            OptionType.Boolean => text is "true" or "false" ? text : null,
            OptionType.IntegerList => text.Split(',').Select(v => Whole(v.Trim())).ToArray() is var list && list.All(v => v is not null)
                ? string.Join(',', list) : null,
            _ => text,
        };
        return canonical is not null && (option.Choices is null || option.Choices.Contains(canonical)) ? canonical : null;

        // -0 and 0 are the same value and must give the same job id.
        static string Real(double v) => (v == 0 ? 0 : v).ToString("R", CultureInfo.InvariantCulture);

        string? Whole(string v) => int.TryParse(v, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var i) && InRange(i)
            ? i.ToString(CultureInfo.InvariantCulture) : null;

        bool InRange(double v) => !(v < option.Minimum) && !(v > option.Maximum);
    }
}
