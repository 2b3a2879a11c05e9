using DipPipeline.Storage;

namespace DipPipeline.Watcher;

/// <summary>
/// A store's prefix, seen by nothing but its listings: there are no events, no links, and no halves, since an object is whole as soon as it
/// is listed.
/// </summary>
/// <param name="inputs">The storage's inputs.</param>
/// <param name="term">The end of the term: a server that has fallen silent is not waited for beyond it.</param>
internal sealed class StoreTree(IArtifactStore inputs, CancellationToken term) : ISourceTree
{
    /// <summary>Sizes, times and versions come with the names.</summary>
    public FolderListing List(WatchedFolder folder, string relative)
    {
        var path = folder.InputPath(relative);
        var page = Ask(() => inputs.ListAsync(path, term));
        var files = page.Files.ToDictionary(f => f.Path[(f.Path.LastIndexOf('/') + 1)..], StringComparer.Ordinal);
        var listing = new FolderListing(folder, relative, name => files.TryGetValue(name, out var file) ? StoredFile.Of(inputs, file, term) : null);
        foreach (var name in files.Keys)
        {
            listing.AddFile(name);
        }

        foreach (var name in page.Folders)
        {
            listing.AddFolder(name);
        }

        return listing;
    }

    public FileStamp? Find(WatchedFolder folder, string relative) =>
        Ask(() => inputs.FindAsync(folder.InputPath(relative), term)) is { } file ? StoredFile.Of(inputs, file, term) : null;

    public string? Fault(string path) => Ask(() => inputs.FindAsync(path, term)) is null ? $"'{path}' is not in '{inputs.Describe("")}'." : null;

    // For whoever looks, a store that is away is a folder that cannot be read.
    private static T Ask<T>(Func<Task<T>> request)
    {
        try
        {
            return request().GetAwaiter().GetResult();
        }
        catch (StorageUnavailableException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
