namespace DipPipeline.Jobs.Leadership;

/// <summary>A file that one process has open for itself alone. The system closes it when the process dies, however it dies; the file stays.</summary>
internal static class FileLock
{
    /// <returns><see langword="null"/> while another has it.</returns>
    public static FileStream? TryAcquire(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            return null;
        }
    }

    /// <summary>Waits for it; the system tells nobody when a lock becomes free, so it looks again and again.</summary>
    public static async Task<FileStream> AcquireAsync(string path, TimeSpan interval, TimeProvider time, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (TryAcquire(path) is { } file)
            {
                return file;
            }

            await Task.Delay(interval, time, cancellationToken);
        }
    }
}
