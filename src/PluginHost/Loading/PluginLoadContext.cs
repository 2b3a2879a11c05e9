using System.Reflection;
using System.Runtime.Loader;
using DipPipeline.Energy;

namespace DipPipeline.PluginHost;

/// <summary>
/// A plugin's own assemblies. What host and plugin exchange — contracts, energies, tensors, abstractions — comes from the host,
/// even where the plugin brings a copy, so that each such type exists once. Not collectible: libtorch cannot be unloaded.
/// </summary>
internal sealed class PluginLoadContext(string assemblyPath) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(assemblyPath))
{
    private static readonly HashSet<string> Shared = new(StringComparer.OrdinalIgnoreCase) { "DipPipeline.Contracts", "DipPipeline.Energy", "TorchSharp" };
    private static readonly AssemblyLoadContext Host = GetLoadContext(typeof(TaskPlugin).Assembly) ?? Default;

    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        var name = assemblyName.Name ?? "";
        if (Shared.Contains(name))
        {
            return Host.LoadFromAssemblyName(assemblyName);
        }

        if (name.EndsWith(".Abstractions", StringComparison.OrdinalIgnoreCase) && FromHost(assemblyName) is { } abstractions)
        {
            return abstractions;
        }

        return _resolver.ResolveAssemblyToPath(assemblyName) is { } path ? LoadFromAssemblyPath(path) : null;
    }

    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : 0;

    private static Assembly? FromHost(AssemblyName name)
    {
        try
        {
            return Host.LoadFromAssemblyName(name);
        }
        catch (FileNotFoundException)
        {
            return null; // The host does not know it, so nothing of it can be exchanged: the plugin's copy will do.
        }
    }
}
