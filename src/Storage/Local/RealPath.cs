namespace DipPipeline.Storage;

/// <summary>One name for one file: full, with every link on the way followed. Works for paths that do not exist yet.</summary>
public static class RealPath
{
    // As many as Linux follows: more is a circle.
    private const int MaximumLinks = 40;

    public static string Of(string path)
    {
        var links = 0;
        return Resolve(Path.GetFullPath(path), ref links);
    }

    private static string Resolve(string path, ref int links)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        parent = Resolve(parent, ref links);
        var here = Path.Join(parent, Path.GetFileName(path));
        return new FileInfo(here).LinkTarget is { } target && ++links <= MaximumLinks
            ? Resolve(Path.GetFullPath(target, parent), ref links)
            : here;
    }
}
