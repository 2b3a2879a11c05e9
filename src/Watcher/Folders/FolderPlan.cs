using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>From the configuration to the watched folders, with everything that is wrong about them.</summary>
internal sealed class FolderPlan
{
    private readonly WatcherOptions _options;
    private readonly StorageOptions _storage;
    private readonly KnownTasks _tasks;
    private readonly List<string> _errors = [];

    private FolderPlan(WatcherOptions options, StorageOptions storage, KnownTasks tasks) => (_options, _storage, _tasks) = (options, storage, tasks);

    /// <summary>Reads the file system, changes nothing.</summary>
    /// <param name="options">What to watch.</param>
    /// <param name="storage">Where.</param>
    /// <param name="tasks">The tasks there are.</param>
    /// <param name="errors">One sentence each; then the folders are none to watch.</param>
    public static IReadOnlyList<WatchedFolder> Make(WatcherOptions options, StorageOptions storage, KnownTasks tasks, out IReadOnlyList<string> errors)
    {
        var plan = new FolderPlan(options, storage, tasks);
        var folders = plan.Make();
        errors = plan._errors;
        return folders;
    }

    private List<WatchedFolder> Make()
    {
        if (!_tasks.All.Any())
        {
            _errors.Add($"There is no plugin in '{_tasks.Folder}', so no task; set Watcher:Plugins (or {PluginFolder.Variable}) to the folder of plugins.");
            return [];
        }

        var configured = _options.Folders.Count > 0 ? _options.Folders : [.. _tasks.All.Select(t => new WatchedFolderOptions { Path = t.Id })];
        List<WatchedFolder> folders = [.. configured.Select((f, i) => Folder(f, $"Watcher:Folders:{i}")).OfType<WatchedFolder>()];
        foreach (var same in folders.GroupBy(f => f.Path).Where(g => g.Count() > 1))
        {
            _errors.Add($"Watcher:Folders names '{same.Key}' {same.Count()} times; accepted: once.");
        }

        folders = [.. folders.Select(f => f with { Apart = folders.Where(o => o != f).Select(o => Within(f.Path, o.Path)).OfType<string>().Where(p => p.Length > 0).ToHashSet(StringComparer.Ordinal) })];
        _errors.AddRange(FolderOverlaps.Find(folders, _storage));
        return folders;
    }

    private WatchedFolder? Folder(WatchedFolderOptions options, string at)
    {
        var before = _errors.Count;
        var path = Relative(options.Path, $"{at}:Path", "Storage:Inputs");
        var output = Relative(options.Output ?? options.Path, $"{at}:Output", "Storage:Results");
        var id = options.Task ?? path?.Split('/')[^1] ?? "";
        var task = _tasks.Find(id);
        if (task is null && path is not null)
        {
            _errors.Add($"{at}:Task is '{id}'; accepted: {string.Join(", ", _tasks.All.Select(t => t.Id))}.");
        }

        var layer = new OptionLayer { Origin = at, Preset = options.Preset, Seed = options.Seed, Priority = options.Priority, Options = options.Options.AsReadOnly() };
        Check(task, layer);
        CheckTime(options.StabilityWindow, $"{at}:StabilityWindow");
        CheckTime(options.CompanionTimeout, $"{at}:CompanionTimeout");
        var patterns = Patterns(options, at);
        // A store has no events, and no halves of files.
        var isStore = !StorageRoot.IsFolder(_storage.Inputs);
        var isPolling = isStore || options.Mode == WatchMode.Polling;
        return _errors.Count > before ? null : new WatchedFolder
        {
            Path = path!,
            Root = StorageRoot.Place(_storage.Inputs, path!),
            Task = task!,
            Configured = layer,
            Pictures = patterns!,
            Output = output!,
            IsPolling = isPolling,
            RescanInterval = isPolling ? _options.PollingInterval : _options.RescanInterval,
            StabilityWindow = options.StabilityWindow ?? (isStore ? TimeSpan.Zero : _options.StabilityWindow),
            CompanionTimeout = options.CompanionTimeout ?? _options.CompanionTimeout,
            UnreadableTimeout = _options.UnreadableTimeout,
        };
    }

    private void Check(TaskDescriptor? task, OptionLayer layer)
    {
        try
        {
            _ = task is null ? null : EffectiveOptions.Resolve(task, [layer]);
        }
        catch (RefusedException e)
        {
            _errors.Add(e.Message);
        }
    }

    private PicturePatterns? Patterns(WatchedFolderOptions options, string at)
    {
        try
        {
            return new PicturePatterns(options.Include, options.Exclude);
        }
        catch (ArgumentException e)
        {
            _errors.Add($"{at} has a pattern that cannot be used: {e.Message}");
            return null;
        }
    }

    private void CheckTime(TimeSpan? value, string at)
    {
        if (value is { } time && (time < TimeSpan.Zero || time > TimeSpan.FromDays(30)))
        {
            _errors.Add($"{at} is '{time}'; accepted: 0 to 30 days, as in 00:00:02.");
        }
    }

    private string? Relative(string path, string at, string root)
    {
        if (path is "." or "./")
        {
            return "";
        }

        try
        {
            return ArtifactPath.Check(path.Replace('\\', '/').TrimEnd('/'));
        }
        catch (ArtifactPathException)
        {
            _errors.Add($"{at} is '{path}'; accepted: a folder relative to {root}, such as 'denoise' or 'album/denoise', or '.'.");
            return null;
        }
    }

    // The path of the second within the first, or null.
    private static string? Within(string outer, string inner) =>
        outer.Length == 0 ? inner : inner.StartsWith(outer + "/", StringComparison.Ordinal) ? inner[(outer.Length + 1)..] : null;
}
