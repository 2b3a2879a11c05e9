namespace DipPipeline.Watcher;

/// <summary>
/// Where pictures lie: folders of this machine, or a store's prefix. Used by several threads, each of which waits: looking is as
/// synchronous as disks are.
/// </summary>
internal interface ISourceTree
{
    /// <summary>The names in one folder.</summary>
    /// <param name="folder">A watched folder.</param>
    /// <param name="relative">A folder within it; empty for itself.</param>
    /// <exception cref="DirectoryNotFoundException">There is none.</exception>
    /// <exception cref="IOException">It cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be listed.</exception>
    FolderListing List(WatchedFolder folder, string relative);

    /// <summary>One file as it stands; <see langword="null"/> where there is none, or a link that leads out.</summary>
    /// <exception cref="IOException">That cannot be told now.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be told.</exception>
    FileStamp? Find(WatchedFolder folder, string relative);

    /// <summary>Why something that was submitted is no picture, in one sentence; or <see langword="null"/>.</summary>
    /// <param name="path">Relative to the storage's inputs, and well formed.</param>
    /// <exception cref="IOException">That cannot be told now.</exception>
    string? Fault(string path);
}
