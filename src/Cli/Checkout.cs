namespace DipPipeline.Cli;

/// <summary>What a clone of the repository has beside the program: samples, benchmarks.</summary>
internal static class Checkout
{
    /// <summary>The nearest folder in or above the program's that holds all these files; <see langword="null"/> where there is none.</summary>
    public static string? Find(params IReadOnlyCollection<string> files)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (files.All(file => File.Exists(Path.Join(folder.FullName, file))))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
