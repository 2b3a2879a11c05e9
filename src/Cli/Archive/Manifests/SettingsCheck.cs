using System.Text.Json;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Jobs.Runs;
using DipPipeline.PluginHost;

namespace DipPipeline.Cli.Archive;

/// <summary>
/// How rows are restored, checked against the tasks once for all rows that say the same. For one pass over a manifest: another gives the
/// same settings the same numbers.
/// </summary>
internal sealed class SettingsCheck(ManifestDefaults defaults, PluginCatalogue tasks)
{
    // Some that are forgotten and come again get a number more.
    private const int Most = 10_000;

    // Of a manifest with settings of its own for each row: what is kept is looked at by the collector again and again, for nothing.
    private const int Few = 100;

    private readonly Dictionary<(string? Task, string? Preset, string? Options), (CheckedSettings? Settings, string? Error)> _checked = [];
    private int _last;
    private int _most = Most;
    private int _hits;

    /// <exception cref="RefusedException">The task, the preset or an option is not known; all that is wrong.</exception>
    public CheckedSettings Of(IManifest manifest, WrittenRow row)
    {
        var key = (row.Task, row.Preset, row.Options);
        if (_checked.TryGetValue(key, out var found))
        {
            _hits++;
        }
        else
        {
            try
            {
                found = (Check(manifest, row), null);
            }
            catch (RefusedException e)
            {
                found = (null, e.Message);
            }

            if (_checked.Count >= _most)
            {
                (_most, _hits) = (_hits == 0 ? Few : Most, 0);
                _checked.Clear();
            }

            _checked.Add(key, found);
        }

        return found.Settings ?? throw new RefusedException(found.Error!);
    }

    private CheckedSettings Check(IManifest manifest, WrittenRow row)
    {
        var task = tasks.Describe(Plugins.KnownTasks.Require(row.Task ?? defaults.Task, tasks, "a column 'task', or --task T"));
        var options = new Dictionary<string, string>(defaults.Options.GroupBy(o => o.Key).ToDictionary(o => o.Key, o => o.Last().Value), StringComparer.Ordinal);
        // The nearest wins: a preset of the row's own stands for the values that it names.
        foreach (var name in row.Preset is null ? [] : task.Presets.FirstOrDefault(p => p.Name == row.Preset)?.Values.Keys ?? [])
        {
            options.Remove(name);
        }

        foreach (var (name, value) in row.Options is null ? [] : manifest.Options(row.Options))
        {
            options[name] = value;
        }

        var preset = row.Preset ?? defaults.Preset;
        _ = OptionResolver.Resolve(task, preset, options);
        var settings = new RowSettings { Number = ++_last, Task = task.Id, Preset = preset, Options = options, Seed = defaults.Seed };
        return new(settings, task, JsonSerializer.SerializeToUtf8Bytes(settings));
    }
}

/// <param name="Settings">What is entered.</param>
/// <param name="Task">The task.</param>
/// <param name="Utf8">The settings as they are hashed.</param>
internal sealed record CheckedSettings(RowSettings Settings, TaskDescriptor Task, byte[] Utf8)
{
    /// <summary>Every option with its value; made at every look: kept, they would be what the check of a manifest with many settings spends its time on.</summary>
    public OptionSet Effective => OptionResolver.Resolve(Task, Settings.Preset, Settings.Options);

    public bool TakesMask => Task.Companions.Any(c => c.Name == ManifestColumns.Mask);

    public string PresetName => Settings.Preset ?? Task.DefaultPreset;
}
