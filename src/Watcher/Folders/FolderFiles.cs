using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>The files of a watched folder, and which of them belong together. Used by one thread.</summary>
internal sealed class FolderFiles(WatchedFolder folder, ISourceTree tree, ILogger log)
{
    private readonly HashSet<string> _closed = new(StringComparer.Ordinal);

    /// <summary>Why the storage could not be asked the last time; <see langword="null"/> where it answered, whatever it said.</summary>
    public StorageUnavailableException? Away { get; private set; }

    public CompanionNames Companions { get; } = new(folder.Task);

    public bool IsPicture(FolderListing listing, string name) =>
        !Companions.IsCompanion(name) && folder.Pictures.IsPicture(WatchedFolder.Join(listing.Relative, name)) && name != OptionsFile.OfFolder;

    /// <summary>With the options file of the folder itself.</summary>
    public static IReadOnlyList<FileStamp> WithFoldersOwn(IReadOnlyList<FileStamp> above, FolderListing listing) =>
        listing.HasOptions && listing.Stamp(OptionsFile.OfFolder) is { } own ? [.. above, own] : above;

    /// <summary>
    /// The options files of the folders on the way down, the folder's own not among them; <see langword="null"/> where they cannot be told
    /// now, and no picture is to be taken without them.
    /// </summary>
    public IReadOnlyList<FileStamp>? OptionsAbove(string at)
    {
        var found = new List<FileStamp>();
        try
        {
            for (var end = at.Length == 0 ? -1 : 0; end >= 0; end = at.IndexOf('/', end + 1))
            {
                if (tree.Find(folder, WatchedFolder.Join(at[..end], OptionsFile.OfFolder)) is { } file)
                {
                    found.Add(file);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SayClosed(at, e);
            return null;
        }

        Away = null;
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
            var listing = tree.List(folder, at);
            _closed.Remove(at);
            Away = null;
            return listing;
        }
        catch (DirectoryNotFoundException)
        {
            Away = null;
            return null; // Gone since it was hinted at, or listed.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            SayClosed(at, e);
            return null;
        }
    }

    /// <summary>By name.</summary>
    public Dictionary<string, FileStamp> CompanionsOf(FolderListing listing, string name)
    {
        var companions = new Dictionary<string, FileStamp>(StringComparer.Ordinal);
        foreach (var (companion, file) in Companions.Of(name, listing.Files))
        {
            if (listing.Stamp(file) is { } stamp)
            {
                companions.Add(companion, stamp);
            }
        }

        return companions;
    }

    /// <summary>With the options file of the picture itself.</summary>
    public static IReadOnlyList<FileStamp> WithPicturesOwn(IReadOnlyList<FileStamp> options, FolderListing listing, string name)
    {
        var file = Path.GetFileNameWithoutExtension(name) + OptionsFile.Suffix;
        return listing.Files.Contains(file) && listing.Stamp(file) is { } own ? [.. options, own] : options;
    }

    // Once, until it can be listed again.
    private void SayClosed(string at, Exception e)
    {
        Away = e.InnerException as StorageUnavailableException;
        if (_closed.Add(at))
        {
            Log.FolderClosed(log, Path.Join(folder.Root, at), e.Message);
        }
    }
}
