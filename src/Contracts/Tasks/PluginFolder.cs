namespace DipPipeline.Contracts.Tasks;

/// <summary>Finds the folder of plugins.</summary>
public static class PluginFolder
{
    /// <summary>Names the folder of plugins where it is not the usual one.</summary>
    public const string Variable = "DIP_PLUGINS";

    /// <summary>
    /// What <paramref name="configured"/> says, else <see cref="Variable"/>; else the nearest <c>plugins</c> folder with a plugin in it, in or above the program's
    /// folder; else <c>plugins</c> in the program's folder, which may be absent.
    /// </summary>
    public static string Locate(string? configured = null) =>
        Locate(AppContext.BaseDirectory, string.IsNullOrEmpty(configured) ? Environment.GetEnvironmentVariable(Variable) : configured);

    internal static string Locate(string programFolder, string? named)
    {
        if (!string.IsNullOrEmpty(named))
        {
            return Path.GetFullPath(named);
        }

        for (var folder = new DirectoryInfo(programFolder); folder is not null; folder = folder.Parent)
        {
            var candidate = new DirectoryInfo(Path.Combine(folder.FullName, "plugins"));
            if (candidate.Exists && candidate.EnumerateDirectories().Any(d => File.Exists(Path.Combine(d.FullName, PluginManifest.FileName))))
            {
                return candidate.FullName;
            }
        }

        return Path.Combine(programFolder, "plugins");
    }
}
