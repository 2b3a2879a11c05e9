using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>The files of a watched folder, and which of them belong together. Used by one thread.</summary>
internal sealed class FolderFiles(WatchedFolder folder, ILogger log)
{
    private readonly InnerLinks _links = new(folder, log);
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);

    public CompanionNames Companions { get; } = new(folder.Task);

    public bool IsPicture(FolderListing listing, string name) =>
        !Companions.IsCompanion(name) && folder.Pictures.IsPicture(WatchedFolder.Join(listing.Relative, name)) && name != OptionsFile.OfFolder;

    /// <summary>A file as it stands; <see langword="null"/> where there is none, or a link that leads out.</summary>
    public FileStamp? Stamp(FolderListing listing, string name)
    {
        var location = listing.Location(name);
        var isLink = listing.IsLink(name);
        return isLink && !_links.Allows(location) ? null
            : FileStamp.Of(folder.InputPath(WatchedFolder.Join(listing.Relative, name)), location, isLink);
    }

    /// <summary>With the options file of the folder itself.</summary>
    public IReadOnlyList<FileStamp> WithFoldersOwn(IReadOnlyList<FileStamp> above, FolderListing listing) =>
        listing.HasOptions && Stamp(listing, OptionsFile.OfFolder) is { } own ? [.. above, own] : above;

    /// <summary>The options files of the folders on the way down, the folder's own not among them.</summary>
    public IReadOnlyList<FileStamp> OptionsAbove(string at)
    {
        var found = new List<FileStamp>();
        for (var end = at.Length == 0 ? -1 : 0; end >= 0; end = at.IndexOf('/', end + 1))
        {
            var relative = WatchedFolder.Join(at[..end], OptionsFile.OfFolder);
            var location = Path.Join(folder.Root, relative);
            var isLink = new FileInfo(location).LinkTarget is not null;
            if ((!isLink || _links.Allows(location)) && FileStamp.Of(folder.InputPath(relative), location, isLink) is { } file)
            {
                found.Add(file);
            }
        }

        return found;
    }

    /// <summary>What lies in a folder; <see langword="null"/> where it is gone, closed to us, or another watched folder's.</summary>
    public FolderListing? List(string at)
    {
        if (folder.IsApart(at))
        {
            return null;
        }

        try
        {
            var listing = FolderListing.Read(folder, at);
            _closed.Remove(at);
            return listing;
        }
        catch (DirectoryNotFoundException)
        {
            return null; // Gone since it was hinted at, or listed.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_closed.Add(at))
            {
                Log.FolderClosed(log, Path.Join(folder.Root, at), e.Message);
            }

            return null;
        }
    }

    /// <summary>By name.</summary>
    public Dictionary<string, FileStamp> CompanionsOf(FolderListing listing, string name)
    {
        var companions = new Dictionary<string, FileStamp>(StringComparer.Ordinal);
        foreach (var (companion, file) in Companions.Of(name, listing.Files))
        {
            if (Stamp(listing, file) is { } stamp)
            {
                companions.Add(companion, stamp);
            }
        }

        return companions;
    }

    /// <summary>With the options file of the picture itself.</summary>
    public IReadOnlyList<FileStamp> WithPicturesOwn(IReadOnlyList<FileStamp> options, FolderListing listing, string name)
    {
        var file = Path.GetFileNameWithoutExtension(name) + OptionsFile.Suffix;
        return listing.Files.Contains(file) && Stamp(listing, file) is { } own ? [.. options, own] : options;
    }
}
