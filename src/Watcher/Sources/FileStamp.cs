namespace DipPipeline.Watcher;

/// <summary>A file as it stood when it was looked at.</summary>
/// <param name="Path">Relative to the storage's inputs.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Modified">By the storage's clock.</param>
internal abstract record FileStamp(string Path, long Length, DateTime Modified)
{
    /// <summary>Together with the length tells one content from another without reading it, as far as that can be.</summary>
    public abstract ulong Mark { get; }

    /// <summary>Whether the file still stands as it stood.</summary>
    public abstract bool IsCurrent();

    /// <summary>Reads it.</summary>
    /// <param name="content">Reads the bytes, from the first; called again where the attempt before failed.</param>
    /// <exception cref="FileNotFoundException">It is gone.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="Storage.StorageUnavailableException">The storage is away.</exception>
    public abstract void Read(Action<Stream> content);
}
