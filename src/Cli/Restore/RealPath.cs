namespace DipPipeline.Cli.Restore;

/// <summary>One name for one file: full, with every link on the way followed. Works for paths that do not exist yet.</summary>
internal static class RealPath
{
    public static string Of(string path)
    {
        path = Path.GetFullPath(path);
        if (Path.GetDirectoryName(path) is not { } parent)
        {
            return path;
        }

        var here = Path.Join(Of(parent), Path.GetFileName(path));
        return Directory.ResolveLinkTarget(here, returnFinalTarget: true) is { } target ? Of(target.FullName) : here;
    }
}
