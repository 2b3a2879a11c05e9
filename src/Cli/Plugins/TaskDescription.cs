using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Plugins;

/// <summary><c>dip plugins describe</c>: what a person needs to use a task.</summary>
internal static class TaskDescription
{
    private const int LineLength = 90;

    public static void Write(TextWriter output, TaskDescriptor task)
    {
        output.WriteLine($"{task.Id} {task.Version}  {task.Title}");
        output.WriteLine($"  {task.Formula}");
        Section(output, "Presets (--preset)", [.. task.Presets.SelectMany(p => Preset(p, p.Name == task.DefaultPreset))]);
        Section(output, "Companions", [.. task.Companions.Select(c => (string[])[c.Name, Companion(c)])]);
        Section(output, "Options (--set name=value)", [.. task.Options.Select(o => (string[])[o.Name, o.Default, Kind(o), o.Help])]);
    }

    private static void Section(TextWriter output, string title, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        if (rows.Count > 0)
        {
            output.WriteLine();
            output.WriteLine(title);
            Table.Write(output, [.. rows.Select(row => (string[])[$"  {row[0]}", .. row.Skip(1)])]);
        }
    }

    private static IEnumerable<string[]> Preset(PresetDescriptor preset, bool isDefault) =>
    [
        [preset.Name, isDefault ? $"{preset.Help} (default)" : preset.Help],
        .. Lines(preset.Values.Select(v => $"{v.Key}={v.Value}")).Select(line => (string[])["", line]),
    ];

    /// <summary>As many words on a line as stand in it easily.</summary>
    private static IEnumerable<string> Lines(IEnumerable<string> words)
    {
        var line = "";
        foreach (var word in words)
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > LineLength)
            {
                yield return line;
                line = "";
            }

            line += line.Length == 0 ? word : $" {word}";
        }

        if (line.Length > 0)
        {
            yield return line;
        }
    }

    private static string Companion(CompanionDescriptor companion) => $"{companion.Help} " + (companion.Required, companion.AlphaSubstitutes) switch
    {
        (true, true) => "Required; the picture's alpha channel stands in for it.",
        (true, false) => "Required.",
        (false, true) => "Optional; the picture's alpha channel stands in for it.",
        _ => "Optional.",
    };

    private static string Kind(OptionDescriptor option) => option.Type == OptionType.Choice ? option.Accepted.Replace(", ", "|", StringComparison.Ordinal) : option.Accepted;
}
