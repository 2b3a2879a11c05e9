using System.Reflection;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.PluginHost.Tests;

/// <summary>A plugins folder of its own for one test, filled with fixture plugins that the build left under <c>artifacts/fixtures/</c>.</summary>
public sealed class PluginsOnDisk : IDisposable
{
    public static readonly string RepositoryRoot = typeof(PluginsOnDisk).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "RepositoryRoot").Value!;

    public PluginsOnDisk(params string[] fixtures)
    {
        foreach (var fixture in fixtures)
        {
            Add(fixture);
        }
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("dip-plugins-").FullName;

    public PluginHostOptions Options => new() { Folder = Folder };

    public PluginCatalogue Scan() => PluginCatalogue.Scan(Options);

    /// <summary>Copies a fixture under a name; returns its folder.</summary>
    public string Add(string fixture, string? name = null)
    {
        var target = Directory.CreateDirectory(Path.Combine(Folder, name ?? fixture)).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryRoot, "artifacts/fixtures", fixture)))
        {
            File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        }

        return target;
    }

    public void ChangeManifest(string name, Func<PluginManifest, PluginManifest> change)
    {
        var path = ManifestPath(name);
        File.WriteAllText(path, change(PluginManifest.Parse(File.ReadAllText(path))).ToJson());
    }

    public string ManifestPath(string name) => Path.Combine(Folder, name, PluginManifest.FileName);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
