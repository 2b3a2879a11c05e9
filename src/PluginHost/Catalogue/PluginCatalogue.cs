using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.PluginHost;

/// <summary>
/// The plugins of one folder. Listing and describing read manifests only; an assembly is loaded when its task is first asked for.
/// A plugin that cannot be used keeps an entry that says why, and harms no other. Safe for use by several threads.
/// </summary>
public sealed class PluginCatalogue
{
    private readonly Lock _lock = new();
    private readonly PluginHostOptions _options;
    private readonly AllowList _allowed;
    private readonly Dictionary<string, TaskPlugin> _plugins = new(StringComparer.Ordinal);

    // Folders whose assembly was loaded or failed to: the process cannot take an assembly back, so they stay as they are.
    private readonly HashSet<string> _tried = new(StringComparer.Ordinal);
    private IReadOnlyList<PluginEntry> _entries = [];

    private PluginCatalogue(PluginHostOptions options) => (_options, _allowed) = (options, new AllowList(options.AllowedHashes));

    /// <summary>One entry for each plugin folder, in ordinal order of their names.</summary>
    public IReadOnlyList<PluginEntry> Entries
    {
        get
        {
            lock (_lock)
            {
                return _entries;
            }
        }
    }

    /// <summary>Reads the manifests in the folder. A folder that is absent has no plugins.</summary>
    public static PluginCatalogue Scan(PluginHostOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var catalogue = new PluginCatalogue(options);
        catalogue.Rescan();
        return catalogue;
    }

    /// <summary>Looks for plugins that came or went. Those loaded, or tried in vain, change with a restart only.</summary>
    public void Rescan()
    {
        lock (_lock)
        {
            var found = PluginScan.Read(_options, _allowed).Where(e => !_tried.Contains(e.Folder));
            var all = _entries.Where(e => _tried.Contains(e.Folder)).Concat(found).OrderBy(e => e.Folder, StringComparer.Ordinal).ToList();
            _entries = [.. PluginScan.RefuseDuplicates(all)];
        }
    }

    /// <summary>The task's descriptor, as its manifest gives it.</summary>
    /// <exception cref="RefusedException">No usable plugin offers the task.</exception>
    public TaskDescriptor Describe(string task)
    {
        lock (_lock)
        {
            return Find(task).Manifest!.Task;
        }
    }

    /// <summary>The task's plugin, loaded on first use; the same instance ever after.</summary>
    /// <exception cref="RefusedException">No usable plugin offers the task, or its plugin fails to load.</exception>
    public TaskPlugin Load(string task)
    {
        lock (_lock)
        {
            var entry = Find(task);
            if (_plugins.TryGetValue(task, out var plugin))
            {
                return plugin;
            }

            _tried.Add(entry.Folder);
            try
            {
                plugin = PluginLoader.Load(entry.Folder, entry.Manifest!, _allowed);
            }
            // The boundary to code that is not ours: whatever it throws becomes the entry's reason.
            catch (Exception e)
            {
                var failed = entry.Fail(PluginLoader.Explain(e));
                Replace(entry, failed);
                throw new RefusedException(Unusable(task, failed), e);
            }

            _plugins.Add(task, plugin);
            Replace(entry, entry with { Status = PluginStatus.Loaded });
            return plugin;
        }
    }

    /// <summary>Loads every plugin that can be, so that <see cref="Entries"/> says of each whether it works here, and why not.</summary>
    /// <returns>This catalogue.</returns>
    public PluginCatalogue LoadAll()
    {
        foreach (var entry in Entries.Where(e => e.Status == PluginStatus.Available))
        {
            try
            {
                Load(entry.Manifest!.Task.Id);
            }
            catch (RefusedException)
            {
                // Its entry has the reason now, for whoever asks.
                continue;
            }
        }

        return this;
    }

    private static string Unusable(string task, PluginEntry entry) => $"Task '{task}' cannot be used; plugin '{entry.Name}' failed: {entry.Reason}";

    private PluginEntry Find(string task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (_entries.FirstOrDefault(e => e.Status != PluginStatus.Failed && e.Manifest!.Task.Id == task) is { } entry)
        {
            return entry;
        }

        if (_entries.FirstOrDefault(e => e.Manifest?.Task.Id == task) is { } failed)
        {
            throw new RefusedException(Unusable(task, failed));
        }

        var known = _entries.Where(e => e.Status != PluginStatus.Failed).Select(e => e.Manifest!.Task.Id).Order(StringComparer.Ordinal).ToList();
        throw new RefusedException(known.Count == 0
            ? $"There is no task '{task}': no usable plugin was found in '{_options.Folder}'."
            : $"There is no task '{task}'{NearestName.Hint(task, known)}; known tasks are {string.Join(", ", known)}.");
    }

    private void Replace(PluginEntry old, PluginEntry by) => _entries = [.. _entries.Select(e => ReferenceEquals(e, old) ? by : e)];
}
