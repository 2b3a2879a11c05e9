using System.Security.Cryptography;
using System.Text;
using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs.Entry;

/// <summary>The recipes of a batch; entries that share an options object share the work of naming it.</summary>
internal sealed class Recipes
{
    private readonly Dictionary<(IReadOnlyDictionary<string, string> Options, string PluginVersion, string Preset), string> _ids = [];
    private readonly Dictionary<string, Recipe> _all = new(StringComparer.Ordinal);

    public IEnumerable<Recipe> All => _all.Values;

    public string IdOf(JobEntry entry)
    {
        var key = (entry.Options, entry.PluginVersion, entry.Preset);
        if (!_ids.TryGetValue(key, out var id))
        {
            var options = Json.Write(entry.Options);
            id = IdOf(entry.PluginVersion, entry.Preset, options);
            _ids.Add(key, id);
            _all.TryAdd(id, new Recipe { Id = id, PluginVersion = entry.PluginVersion, Preset = entry.Preset, Options = options });
        }

        return id;
    }

    /// <param name="options">As JSON.</param>
    public static string IdOf(string pluginVersion, string preset, string options) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{pluginVersion}\n{preset}\n{options}")))[..32];
}
