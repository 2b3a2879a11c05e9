namespace DipPipeline.Storage;

/// <summary>What can be said of a root without opening it.</summary>
public static class StorageRoot
{
    /// <summary>Whether it is a folder of this machine; else the address of a store, <c>s3://BUCKET/PREFIX</c>.</summary>
    public static bool IsFolder(string root)
    {
        ArgumentNullException.ThrowIfNull(root);
        return root.IndexOf("://", StringComparison.Ordinal) <= 0;
    }

    /// <summary>A place below a root, for people: a folder's in full, a store's by its address.</summary>
    /// <param name="root">Checked.</param>
    /// <param name="path">Relative to it; empty for the root itself.</param>
    public static string Place(string root, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return IsFolder(root) ? Path.GetFullPath(Path.Join(root, path)) : path.Length == 0 ? root.TrimEnd('/') : $"{root.TrimEnd('/')}/{path}";
    }

    /// <summary>One name for one place: of a folder with every link on the way followed.</summary>
    public static string Real(string place) => IsFolder(place) ? RealPath.Of(place) : place.TrimEnd('/');
}
