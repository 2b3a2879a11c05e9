using DipPipeline.Contracts;

namespace DipPipeline.Cli.Restore;

/// <summary>Finds out whether results can be written, before hours are spent on them.</summary>
internal static class OutputFolder
{
    /// <exception cref="RefusedException">It cannot be written; nothing was left behind.</exception>
    public static void Check(string folder)
    {
        if (folder.Length == 0)
        {
            throw new RefusedException("--out is empty; accepted: a folder.");
        }

        var existing = Path.GetFullPath(folder);
        while (!Path.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        if (File.Exists(existing))
        {
            throw new RefusedException($"The output folder '{folder}' cannot be written: '{existing}' is a file.");
        }

        // Trying is the only test that holds for read-only mounts, quotas and root alike. The unique name keeps calls apart.
        var probe = Path.Join(existing, $".dip-{Guid.NewGuid():N}");
        try
        {
            if (existing == Path.GetFullPath(folder))
            {
                using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
            }
            else
            {
                Directory.CreateDirectory(probe);
                Directory.Delete(probe);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException($"The output folder '{folder}' cannot be written: {Failure.Sentence(e).Replace(probe, existing, StringComparison.Ordinal)}", e);
        }
    }
}
