namespace DipPipeline.Plugins.Tests;

/// <summary>What a job keeps beside its output.</summary>
internal static class JobFiles
{
    /// <summary>A copy of it as it is now, as a kill would leave it; without decoded pictures, which are made again.</summary>
    public static string Copied(string output, string folder)
    {
        foreach (var file in Directory.GetFiles(output, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Where(f => !f.EndsWith(".raw", StringComparison.Ordinal)))
        {
            var copy = Path.Join(folder, Path.GetRelativePath(output, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }
}
