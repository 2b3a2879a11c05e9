using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>Folders that would feed results back as pictures, or write over one another's results. By real path: links hide neither.</summary>
internal static class FolderOverlaps
{
    /// <returns>One sentence each.</returns>
    public static IEnumerable<string> Find(IReadOnlyList<WatchedFolder> folders, StorageOptions storage)
    {
        var inputs = StorageRoot.Real(storage.Inputs);
        var results = StorageRoot.Real(storage.Results);
        var real = folders.Select(f => (Folder: f, Root: StorageRoot.Real(f.Root), Output: StorageRoot.Real(StorageRoot.Place(results, f.Output)))).ToArray();
        foreach (var (folder, root, _) in real.Where(r => !Contains(inputs, r.Root)))
        {
            yield return $"The watched folder '{folder.Root}' is a link that leads out of Storage:Inputs '{inputs}', to '{root}', where no Host would follow; mount it there instead.";
        }

        foreach (var (folder, _, output) in real)
        {
            if (real.FirstOrDefault(r => Contains(r.Root, output)) is { Folder: { } watched })
            {
                yield return $"The output folder '{output}' of '{folder.Root}' lies in the watched folder '{watched.Root}', so that results would be taken for pictures; " +
                    "choose another Storage:Results, or Watcher:Folders:…:Output.";
            }
            else if (real.FirstOrDefault(r => Contains(output, r.Root)) is { Folder: { } within })
            {
                yield return $"The watched folder '{within.Root}' lies in the output folder '{output}' of '{folder.Root}', so that results would be taken for pictures; " +
                    "choose another Storage:Results, or Watcher:Folders:…:Output.";
            }
        }

        // A folder apart from the one around it has a place of its own below that one's results as well; any other meeting is one of results.
        foreach (var (one, other) in real.SelectMany((r, i) => real.Skip(i + 1).Select(o => (r.Folder, o.Folder))))
        {
            if (one.Path != other.Path && Meet(one, other))
            {
                yield return $"The watched folders '{one.Path}' and '{other.Path}' would write their results to the same place, '{one.Output}' and '{other.Output}'; give one of them another Output.";
            }
        }
    }

    private static bool Meet(WatchedFolder one, WatchedFolder other)
    {
        var (outer, inner) = IsWithin(one.Output, other.Output) ? (one, other) : (other, one);
        return IsWithin(outer.Output, inner.Output)
            && !outer.Apart.Any(apart => WatchedFolder.Join(outer.Path, apart) == inner.Path && WatchedFolder.Join(outer.Output, apart) == inner.Output);
    }

    private static bool IsWithin(string outer, string inner) =>
        outer.Length == 0 || outer == inner || inner.StartsWith(outer + "/", StringComparison.Ordinal);

    private static bool Contains(string outer, string inner) =>
        outer == inner || inner.StartsWith(outer.EndsWith(Path.DirectorySeparatorChar) ? outer : outer + Path.DirectorySeparatorChar, StringComparison.Ordinal);
}
