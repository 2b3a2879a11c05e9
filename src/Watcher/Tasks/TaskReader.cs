using DipPipeline.Contracts.Tasks;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>Reads the manifests once: what the options were checked against is what is watched for.</summary>
internal sealed class TaskReader(ILogger<TaskReader> log)
{
    private readonly Lock _lock = new();
    private KnownTasks? _tasks;

    public KnownTasks Read(WatcherOptions options)
    {
        var folder = PluginFolder.Locate(options.Plugins);
        lock (_lock)
        {
            return _tasks is { } read && read.Folder == folder ? read : _tasks = KnownTasks.Read(folder, log);
        }
    }
}
