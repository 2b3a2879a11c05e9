namespace DipPipeline.Watcher;

/// <summary>A file of a folder.</summary>
/// <param name="Location">Where it is, its links not followed.</param>
internal sealed record LocalFile(string Path, string Location, long Length, DateTime Modified) : FileStamp(Path, Length, Modified)
{
    public override ulong Mark => (ulong)Modified.Ticks;

    /// <summary>Looks at a file, at the end of its links; <see langword="null"/> where there is none.</summary>
    public static LocalFile? Of(string path, string location, bool isLink = false)
    {
        try
        {
            // Length and time of a link are the link's own.
            var file = isLink ? File.ResolveLinkTarget(location, returnFinalTarget: true) as FileInfo : new FileInfo(location);
            return file is { Exists: true } ? new LocalFile(path, location, file.Length, file.LastWriteTimeUtc) : null;
        }
        catch (IOException)
        {
            return null; // A link in a circle, or a file that went this very moment.
        }
    }

    public override bool IsCurrent() => Of(Path, Location, new FileInfo(Location).LinkTarget is not null) is { } now && now.Length == Length && now.Modified == Modified;

    public override void Read(Action<Stream> content)
    {
        // Whoever else writes: a lock would need one on every network file system. Whoever reads has a buffer of their own.
        using var file = new FileStream(Location, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        content(file);
    }
}
