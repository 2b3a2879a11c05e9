using System.Text.Json;
using DipPipeline.Contracts.Tasks;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>The tasks that manifests offer. Nothing is loaded: whether a plugin works is for the Hosts to find out.</summary>
internal sealed class KnownTasks
{
    private readonly Dictionary<string, TaskDescriptor> _tasks;

    private KnownTasks(string folder, Dictionary<string, TaskDescriptor> tasks) => (Folder, _tasks) = (folder, tasks);

    /// <summary>Where they were looked for.</summary>
    public string Folder { get; }

    /// <summary>In order of their names.</summary>
    public IEnumerable<TaskDescriptor> All => _tasks.Values.OrderBy(t => t.Id, StringComparer.Ordinal);

    public TaskDescriptor? Find(string id) => _tasks.GetValueOrDefault(id);

    /// <summary>Reads <c>FOLDER/*/plugin.json</c>; one that cannot be used is logged and left out.</summary>
    public static KnownTasks Read(string folder, ILogger log)
    {
        var tasks = new Dictionary<string, TaskDescriptor>(StringComparer.Ordinal);
        foreach (var path in Manifests(folder))
        {
            try
            {
                var task = PluginManifest.Parse(File.ReadAllText(path)).Task;
                if (task.ContractVersion != TaskDescriptor.CurrentContractVersion)
                {
                    Log.PluginLeftOut(log, path, $"it was built against contract version {task.ContractVersion}; this build speaks version {TaskDescriptor.CurrentContractVersion}");
                }
                else if (!tasks.TryAdd(task.Id, task))
                {
                    Log.PluginLeftOut(log, path, $"another plugin before it offers task '{task.Id}'");
                }
            }
            catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
            {
                Log.PluginLeftOut(log, path, e.Message);
            }
        }

        return new KnownTasks(folder, tasks);
    }

    private static IEnumerable<string> Manifests(string folder) => !Directory.Exists(folder) ? [] : Directory.EnumerateDirectories(folder)
        .Where(plugin => !Path.GetFileName(plugin).StartsWith('.'))
        .Select(plugin => Path.Combine(plugin, PluginManifest.FileName))
        .Where(File.Exists)
        .Order(StringComparer.Ordinal);
}
