using System.Collections.Concurrent;
using System.IO.Enumeration;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>Folders of this machine, mounted ones among them.</summary>
/// <param name="inputs">The storage's inputs.</param>
/// <param name="log">Where links are warned of that lead out.</param>
internal sealed class LocalTree(string inputs, ILogger log) : ISourceTree
{
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly string _inputs = Path.GetFullPath(inputs);
    private readonly ConcurrentDictionary<string, InnerLinks> _links = new(StringComparer.Ordinal);

    /// <summary>Sizes and times are asked for one by one, of those files that matter.</summary>
    public FolderListing List(WatchedFolder folder, string relative)
    {
        var location = Path.Join(folder.Root, relative);
        var links = new HashSet<string>(StringComparer.Ordinal);
        var listing = new FolderListing(folder, relative, name => Stamp(folder, WatchedFolder.Join(relative, name), links.Contains(name)));
        var entries = new FileSystemEnumerable<(string Name, bool IsFolder, bool IsLink)>(
            location, (ref FileSystemEntry e) => (e.FileName.ToString(), e.IsDirectory, (e.Attributes & FileAttributes.ReparsePoint) != 0), s_all);
        foreach (var (name, isFolder, isLink) in entries)
        {
            if (!isFolder)
            {
                listing.AddFile(name);
                if (isLink)
                {
                    links.Add(name);
                }
            }
            else if (isLink)
            {
                listing.AddOther();
            }
            else
            {
                listing.AddFolder(name);
            }
        }

        return listing;
    }

    public FileStamp? Find(WatchedFolder folder, string relative) =>
        Stamp(folder, relative, new FileInfo(Path.Join(folder.Root, relative)).LinkTarget is not null);

    public string? Fault(string path)
    {
        var location = Path.Join(_inputs, path);
        return Directory.Exists(location) ? $"'{path}' is a folder; accepted: its pictures, one by one."
            : !File.Exists(location) ? $"'{path}' is not in '{_inputs}'."
            : !RealPath.Of(location).StartsWith(RealPath.Of(_inputs) + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? $"'{path}' is a link that leads out of '{_inputs}'."
            : null;
    }

    private LocalFile? Stamp(WatchedFolder folder, string relative, bool isLink)
    {
        var location = Path.Join(folder.Root, relative);
        return isLink && !_links.GetOrAdd(folder.Root, root => new InnerLinks(root, log)).Allows(location) ? null
            : LocalFile.Of(folder.InputPath(relative), location, isLink);
    }
}
