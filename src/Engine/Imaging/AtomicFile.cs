namespace DipPipeline.Engine.Imaging;

/// <summary>Writes a file so that its name never stands for half of it.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file, flushes to disk, renames over it. The folder is made when absent.</summary>
    public static void Write(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    /// <inheritdoc cref="Write(string, byte[])"/>
    public static void Write(string path, Action<Stream> content)
    {
        var full = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        Directory.CreateDirectory(folder);
        // A leading dot keeps folder watchers away.
        var temporary = Path.Combine(folder, $".{Path.GetFileName(full)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                content(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, full, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
