using System.Text.Json;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.PluginHost;

/// <summary>Reads manifests; loads nothing.</summary>
internal static class PluginScan
{
    /// <summary>An entry for each folder that is not hidden.</summary>
    public static IEnumerable<PluginEntry> Read(PluginHostOptions options, AllowList allowed) =>
        !Directory.Exists(options.Folder) ? [] : Directory.EnumerateDirectories(Path.GetFullPath(options.Folder))
            .Where(folder => !Path.GetFileName(folder).StartsWith('.'))
            .Select(folder => ReadOne(folder, allowed));

    /// <summary>Where several offer one task, one that is loaded has it, else the first; the others fail.</summary>
    public static IEnumerable<PluginEntry> RefuseDuplicates(IReadOnlyList<PluginEntry> entries)
    {
        var owners = entries.Where(e => e.Status == PluginStatus.Loaded).ToDictionary(e => e.Manifest!.Task.Id, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (entry is { Status: PluginStatus.Available, Manifest.Task.Id: var id } && !owners.TryAdd(id, entry))
            {
                var owner = owners[id].Name;
                yield return entry.Fail($"Task '{id}' is offered by both '{owner}' and '{entry.Name}'; '{owner}' is used. Remove one of them.");
            }
            else
            {
                yield return entry;
            }
        }
    }

    private static PluginEntry ReadOne(string folder, AllowList allowed)
    {
        var entry = new PluginEntry { Folder = folder, Status = PluginStatus.Available };
        var path = Path.Combine(folder, PluginManifest.FileName);
        try
        {
            if (!File.Exists(path))
            {
                return entry.Fail($"There is no {PluginManifest.FileName}; 'dip plugins pack' makes one.");
            }

            entry = entry with { Manifest = PluginManifest.Parse(File.ReadAllText(path)) };
            return Refusal(entry.Manifest, folder, allowed) is { } reason ? entry.Fail(reason) : entry;
        }
        // The boundary to files that are not ours: one that nobody foresaw fails alone.
        catch (Exception e)
        {
            return entry.Fail(e switch
            {
                JsonException { Path: { Length: > 1 } at } => $"{PluginManifest.FileName} cannot be read: what stands at {at} is no part of a manifest; 'dip plugins pack' makes a new one.",
                JsonException => $"{PluginManifest.FileName} cannot be read: it is not JSON of a manifest, or lacks a part of one; 'dip plugins pack' makes a new one.",
                IOException or UnauthorizedAccessException => $"{PluginManifest.FileName} cannot be read: {e.Message}",
                _ => $"{PluginManifest.FileName} cannot be used: {e.GetType().Name}: {e.Message}",
            });
        }
    }

    private static string? Refusal(PluginManifest manifest, string folder, AllowList allowed)
    {
        if (manifest.Task.ContractVersion != TaskDescriptor.CurrentContractVersion)
        {
            return $"It was built against contract version {manifest.Task.ContractVersion}; this build speaks version {TaskDescriptor.CurrentContractVersion}. Build the plugin against this version.";
        }

        if (TaskRules.Errors(manifest.Task) is { Count: > 0 } errors)
        {
            return string.Join(" ", errors);
        }

        if (Path.GetFileName(manifest.Assembly) != manifest.Assembly)
        {
            return $"Its assembly is '{manifest.Assembly}'; accepted: the name of a file in the plugin's own folder.";
        }

        return File.Exists(Path.Combine(folder, manifest.Assembly)) ? allowed.Refusal(folder) : $"Its assembly '{manifest.Assembly}' is missing from '{folder}'.";
    }
}
