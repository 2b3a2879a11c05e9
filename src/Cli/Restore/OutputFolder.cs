using System.Text;
using DipPipeline.Contracts;

namespace DipPipeline.Cli.Restore;

/// <summary>Finds out whether results can be written, before hours are spent on them. Tries it, and leaves nothing behind.</summary>
internal static class OutputFolder
{
    /// <summary>What the engine adds to a file's name while it writes it: a dot before, ".", 12 characters and ".tmp" after.</summary>
    private const int TemporaryBytes = 18;

    // EEXIST of Linux: what one call makes was there, made by another.
    private const int ItExists = 17;

    // Calls that share a new folder may take it from under one another; each time one of them is through.
    private const int Attempts = 50;

    /// <summary>Marks each picture whose results cannot be written under their names.</summary>
    /// <exception cref="RefusedException">Nothing can be written there.</exception>
    public static IReadOnlyList<PicturePlan> Check(IReadOnlyList<PicturePlan> plans, string folder)
    {
        if (folder.Length == 0)
        {
            throw new RefusedException("--out is empty; accepted: a folder.");
        }

        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var made = new Stack<string>();
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    // Trying is the only test that holds for read-only mounts, quotas, long names and root alike.
                    Make(folder, full, made);
                    Try(full, bytes: 0);
                    return Names(plans, folder);
                }
                catch (IOException e) when (attempt < Attempts && (e is DirectoryNotFoundException or FileNotFoundException || e.HResult == ItExists))
                {
                    continue;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    throw Refused(folder, e is PathTooLongException ? "its name is longer than the file system takes." : Failure.Sentence(e), e);
                }
            }
        }
        finally
        {
            Remove(made);
        }
    }

    private static void Make(string folder, string full, Stack<string> made)
    {
        if (Directory.Exists(full))
        {
            return;
        }

        // To .NET a link that leads nowhere is a file.
        if (new FileInfo(full) is { LinkTarget: { } target } link && link.ResolveLinkTarget(returnFinalTarget: true) is not { Exists: true })
        {
            throw Refused(folder, $"'{full}' is a link to '{target}', which leads nowhere.");
        }

        if (File.Exists(full))
        {
            throw Refused(folder, $"'{full}' is a file.");
        }

        Make(folder, Path.GetDirectoryName(full)!, made);
        Directory.CreateDirectory(full);
        made.Push(full);
    }

    private static PicturePlan[] Names(IReadOnlyList<PicturePlan> plans, string folder)
    {
        // Many pictures have names of few lengths, and each try costs a file.
        var fits = new Dictionary<int, bool>();
        return [.. plans.Select(plan =>
        {
            if (plan.Refusal is not null)
            {
                return plan;
            }

            var outputs = plan.Outputs(folder);
            if (outputs.FirstOrDefault(Directory.Exists) is { } occupied)
            {
                return plan with { Refusal = $"The output '{occupied}' of '{plan.Path}' is a folder; choose another folder with --out." };
            }

            var bytes = outputs.Max(output => Encoding.UTF8.GetByteCount(Path.GetFileName(output))) + TemporaryBytes;
            if (!fits.TryGetValue(bytes, out var fit))
            {
                fits[bytes] = fit = Fits(Path.GetFullPath(folder), bytes);
            }

            return fit ? plan : plan with { Refusal = $"The name of '{plan.Path}' is too long for its outputs to be written beside one another in '{folder}'; accepted: a shorter name." };
        })];
    }

    private static bool Fits(string folder, int bytes)
    {
        try
        {
            Try(folder, bytes);
            return true;
        }
        catch (PathTooLongException)
        {
            return false;
        }
    }

    /// <summary>Writes a file with a name of at least so many bytes, and removes it.</summary>
    private static void Try(string folder, int bytes)
    {
        // Unique, so that calls at the same time keep apart.
        var probe = Path.Join(folder, $".dip-{Guid.NewGuid():N}".PadRight(bytes, '-'));
        try
        {
            using var file = new FileStream(probe, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is (IOException or UnauthorizedAccessException) and not (PathTooLongException or DirectoryNotFoundException or FileNotFoundException))
        {
            throw new IOException(Failure.Sentence(e).Replace(probe, folder, StringComparison.Ordinal), e);
        }
    }

    private static void Remove(Stack<string> made)
    {
        while (made.TryPop(out var folder))
        {
            try
            {
                Directory.Delete(folder);
            }
            catch (IOException)
            {
                // Another call removed it already, or writes there by now.
                continue;
            }
        }
    }

    private static RefusedException Refused(string folder, string reason, Exception? inner = null) =>
        new($"The output folder '{folder}' cannot be written: {reason}", inner!);
}
