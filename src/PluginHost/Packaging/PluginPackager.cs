using System.Reflection;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.PluginHost;

/// <summary>Makes a folder with an assembly in it a plugin, by writing its manifest. Needs no libtorch: descriptors hold no tensors.</summary>
public static class PluginPackager
{
    /// <summary>Loads the assembly and writes <c>plugin.json</c> beside it, from the descriptor of the one plugin it holds.</summary>
    /// <exception cref="RefusedException">The assembly cannot be loaded, holds no plugin or several, or describes its task badly.</exception>
    public static PluginManifest Write(string assemblyPath)
    {
        assemblyPath = Path.GetFullPath(assemblyPath);
        if (!File.Exists(assemblyPath))
        {
            throw new RefusedException($"There is no assembly '{assemblyPath}'.");
        }

        var manifest = Describe(assemblyPath);
        if (TaskRules.Errors(manifest.Task) is { Count: > 0 } errors)
        {
            throw new RefusedException($"'{assemblyPath}' describes its task badly. {string.Join(" ", errors)}");
        }

        var target = Path.Combine(Path.GetDirectoryName(assemblyPath)!, PluginManifest.FileName);
        File.WriteAllText(target + ".new", manifest.ToJson() + "\n");
        File.Move(target + ".new", target, overwrite: true);
        return manifest;
    }

    private static PluginManifest Describe(string assemblyPath)
    {
        try
        {
            var assembly = new PluginLoadContext(assemblyPath).LoadFromAssemblyPath(assemblyPath);
            var types = assembly.GetExportedTypes().Where(t => t.IsSubclassOf(typeof(TaskPlugin)) && !t.IsAbstract).ToList();
            return types is [var type]
                ? new PluginManifest { Assembly = Path.GetFileName(assemblyPath), Type = type.FullName!, Task = PluginLoader.Create(type).Descriptor }
                : throw new RefusedException(
                    $"'{assemblyPath}' holds {types.Count} public classes derived from {typeof(TaskPlugin).FullName}; a plugin holds one" +
                    (types.Count == 0 ? "." : $", not {string.Join(" and ", types.Select(t => t.FullName))}."));
        }
        // The boundary to code that is not ours.
        catch (Exception e) when (e is not RefusedException)
        {
            throw new RefusedException($"'{assemblyPath}' cannot be loaded: {PluginLoader.Explain(e)}", e);
        }
    }
}
