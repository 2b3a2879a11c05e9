using System.IO.Enumeration;

namespace DipPipeline.Watcher;

/// <summary>The names in one folder; sizes and times are asked for one by one, of those that matter.</summary>
internal sealed class FolderListing
{
    private static readonly EnumerationOptions s_all = new() { AttributesToSkip = 0, IgnoreInaccessible = false, ReturnSpecialDirectories = false };

    private readonly string _location;
    private readonly HashSet<string> _links = new(StringComparer.Ordinal);

    private FolderListing(string relative, string location) => (Relative, _location) = (relative, location);

    /// <summary>Relative to the watched folder; empty for itself.</summary>
    public string Relative { get; }

    /// <summary>Files, and links to files; none that is to be left alone.</summary>
    public HashSet<string> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Folders that are to be looked through; no links.</summary>
    public List<string> Folders { get; } = [];

    /// <summary>Whether there is anything at all, whatever it is.</summary>
    public bool IsEmpty { get; private set; } = true;

    /// <summary>Whether the folder says something about the pictures below it.</summary>
    public bool HasOptions { get; private set; }

    /// <exception cref="IOException">It cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be listed.</exception>
    public static FolderListing Read(WatchedFolder folder, string relative)
    {
        var listing = new FolderListing(relative, Path.Join(folder.Root, relative));
        var entries = new FileSystemEnumerable<(string Name, bool IsFolder, bool IsLink)>(
            listing._location, (ref FileSystemEntry e) => (e.FileName.ToString(), e.IsDirectory, (e.Attributes & FileAttributes.ReparsePoint) != 0), s_all);
        foreach (var (name, isFolder, isLink) in entries)
        {
            listing.IsEmpty = false;
            if (isFolder)
            {
                if (!isLink && !PicturePatterns.IsIgnored(name) && !folder.Apart.Contains(WatchedFolder.Join(relative, name)))
                {
                    listing.Folders.Add(name);
                }
            }
            else if (!PicturePatterns.IsIgnored(name) || name == OptionsFile.OfFolder)
            {
                listing.HasOptions |= name == OptionsFile.OfFolder;
                listing.Files.Add(name);
                if (isLink)
                {
                    listing._links.Add(name);
                }
            }
        }

        return listing;
    }

    public bool IsLink(string name) => _links.Contains(name);

    public string Location(string name) => Path.Join(_location, name);
}
