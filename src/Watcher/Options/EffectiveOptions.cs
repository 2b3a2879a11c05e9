using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Watcher;

/// <summary>How one picture is restored, all places considered.</summary>
internal sealed record EffectiveOptions
{
    public required string Preset { get; init; }

    public required OptionSet Options { get; init; }

    /// <summary>The same by name; one object for all pictures that share it.</summary>
    public required IReadOnlyDictionary<string, string> Values { get; init; }

    public required long Seed { get; init; }

    public required int Priority { get; init; }

    /// <summary>
    /// The nearest place wins, for each option by itself. A preset stands for the values it names: it wins over what places
    /// farther away say about these.
    /// </summary>
    /// <param name="task">Whose schema applies.</param>
    /// <param name="layers">From the farthest place to the nearest.</param>
    /// <exception cref="RefusedException">A place says what the schema does not accept; names the place.</exception>
    public static EffectiveOptions Resolve(TaskDescriptor task, IReadOnlyList<OptionLayer> layers)
    {
        string? preset = null;
        long seed = 0;
        var priority = 0;
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var layer in layers)
        {
            Check(task, layer);
            if (layer.Preset is { } named)
            {
                preset = named;
                foreach (var name in task.Presets.Single(p => p.Name == named).Values.Keys)
                {
                    given.Remove(name);
                }
            }

            foreach (var (name, value) in layer.Options)
            {
                given[name] = value;
            }

            seed = layer.Seed ?? seed;
            priority = layer.Priority ?? priority;
        }

        var options = OptionResolver.Resolve(task, preset, given);
        return new EffectiveOptions
        {
            Preset = preset ?? task.DefaultPreset,
            Options = options,
            Values = options.Values.ToDictionary(o => o.Key, o => o.Value, StringComparer.Ordinal),
            Seed = seed,
            Priority = priority,
        };
    }

    // By itself, so that the message can say where the value stands.
    private static void Check(TaskDescriptor task, OptionLayer layer)
    {
        try
        {
            _ = OptionResolver.Resolve(task, layer.Preset, layer.Options);
        }
        catch (InvalidOptionsException e)
        {
            throw new RefusedException($"'{layer.Origin}': {e.Message}", e);
        }
    }
}
