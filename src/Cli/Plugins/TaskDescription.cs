using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Plugins;

/// <summary><c>dip plugins describe</c>: what a person needs to use a task.</summary>
internal static class TaskDescription
{
    public static void Write(TextWriter output, TaskDescriptor task)
    {
        output.WriteLine($"{task.Id} {task.Version}  {task.Title}");
        output.WriteLine($"  {task.Formula}");
        Section(output, "Presets (--preset)", [.. task.Presets.Select(p => (string[])[p.Name, p.Name == task.DefaultPreset ? $"{p.Help} (default)" : p.Help])]);
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

    private static string Companion(CompanionDescriptor companion) => $"{companion.Help} " + (companion.Required, companion.AlphaSubstitutes) switch
    {
        (true, true) => "Required; the picture's alpha channel stands in for it.",
        (true, false) => "Required.",
        (false, true) => "Optional; the picture's alpha channel stands in for it.",
        _ => "Optional.",
    };

    private static string Kind(OptionDescriptor option) => option.Type == OptionType.Choice ? option.Accepted.Replace(", ", "|", StringComparison.Ordinal) : option.Accepted;
}
