namespace DipPipeline.Storage;

/// <summary>What a path within a store may look like.</summary>
public static class ArtifactPath
{
    /// <summary>Where our own state lies in a store of results; never a picture's place.</summary>
    public const string StateFolder = ".dip";

    /// <returns>The path itself.</returns>
    /// <exception cref="ArtifactPathException">It is empty, absolute, or has a part that is empty, <c>.</c>, <c>..</c> or holds a NUL.</exception>
    public static string Check(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return path.Length > 0 && path.Split('/').All(part => part is not ("" or "." or "..") && !part.Contains('\0'))
            ? path
            : throw new ArtifactPathException(path, $"The path '{path}' is not one within the storage; accepted: names separated by single slashes, none of them '.' or '..'.");
    }
}

/// <summary>A path that leaves the storage, by its name or by a link. Never retried.</summary>
public sealed class ArtifactPathException(string path, string message) : Exception(message)
{
    public string Path { get; } = path;
}
