using DipPipeline.Contracts.Tasks;

namespace DipPipeline.PluginHost;

/// <summary>Finds the folder of plugins.</summary>
public static class PluginFolder
{
    /// <summary>Names the folder of plugins where it is not the usual one.</summary>
    public const string Variable = "DIP_PLUGINS";

    /// <summary>
    /// What <see cref="Variable"/> says; else the nearest <c>plugins</c> folder with a plugin in it, in or above the program's
    /// folder; else <c>plugins</c> in the program's folder, which may be absent.
    /// </summary>
    public static string Locate() => Locate(AppContext.BaseDirectory, Environment.GetEnvironmentVariable(Variable));

    internal static string Locate(string programFolder, string? variable)
    {
        if (!string.IsNullOrEmpty(variable))
        {
            return Path.GetFullPath(variable);
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
