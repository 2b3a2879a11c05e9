namespace DipPipeline.Storage;

/// <summary>The storage stayed away through all retries: what needed it may be tried again later.</summary>
public sealed class StorageUnavailableException(string place, Exception inner)
    : Exception($"'{place}' cannot be reached: {inner.Message}", inner)
{
    /// <summary>The file, as a person finds it.</summary>
    public string Place { get; } = place;
}
