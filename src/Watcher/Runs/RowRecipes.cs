using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Jobs.Runs;

namespace DipPipeline.Watcher;

/// <summary>How rows are restored, resolved against the tasks of this Watcher: once for all rows that share their settings. Used by one thread.</summary>
internal sealed class RowRecipes(KnownTasks tasks)
{
    // A manifest may have settings of its own for each row.
    private const int Most = 1000;

    private readonly Dictionary<(long Run, int Settings), RowRecipe> _resolved = [];

    public RowRecipe Of(PendingRow row)
    {
        var key = (row.Key.Run, row.Settings.Number);
        if (!_resolved.TryGetValue(key, out var recipe))
        {
            if (_resolved.Count >= Most)
            {
                _resolved.Clear();
            }

            recipe = _resolved[key] = Resolve(row.Settings);
        }

        return recipe;
    }

    private RowRecipe Resolve(RowSettings settings)
    {
        if (tasks.Find(settings.Task) is not { } task)
        {
            return new(null, null, $"There is no task '{settings.Task}' here; accepted: {string.Join(", ", tasks.All.Select(t => t.Id))}.");
        }

        try
        {
            return new(task, EffectiveOptions.Resolve(task, [new OptionLayer { Origin = "the archive run", Preset = settings.Preset, Options = settings.Options, Seed = settings.Seed }]), null);
        }
        catch (RefusedException e)
        {
            return new(task, null, e.Message);
        }
    }
}

/// <param name="Refusal">Why there are no options; one sentence.</param>
internal sealed record RowRecipe(TaskDescriptor? Task, EffectiveOptions? Options, string? Refusal);
