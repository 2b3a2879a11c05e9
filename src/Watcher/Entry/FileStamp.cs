namespace DipPipeline.Watcher;

/// <summary>A file as it stood when it was looked at.</summary>
/// <param name="Path">Relative to the storage's inputs.</param>
/// <param name="Location">Where it is, its links not followed.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">By the storage's clock.</param>
internal sealed record FileStamp(string Path, string Location, long Length, DateTime Modified)
{
    /// <summary>Looks at a file, at the end of its links; <see langword="null"/> where there is none.</summary>
    public static FileStamp? Of(string path, string location, bool isLink = false)
    {
        try
        {
            // Length and time of a link are the link's own.
            var file = isLink ? File.ResolveLinkTarget(location, returnFinalTarget: true) as FileInfo : new FileInfo(location);
            return file is { Exists: true } ? new FileStamp(path, location, file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (IOException)
        {
            return null; // A link in a circle, or a file that went this very moment.
        }
    }

    /// <summary>Whether the file still stands as it stood.</summary>
    public bool IsCurrent() => Of(Path, Location, new FileInfo(Location).LinkTarget is not null) is { } now && now.Length == Length && now.Modified == Modified;
}
