using System.Reflection;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;

namespace DipPipeline.PluginHost;

/// <summary>From a manifest to a plugin. Throws whatever the plugin's code throws.</summary>
internal static class PluginLoader
{
    public static TaskPlugin Load(string folder, PluginManifest manifest, AllowList allowed)
    {
        // Once more: the folder may have changed since it was listed.
        if (allowed.Refusal(folder) is { } reason)
        {
            throw new RefusedException(reason);
        }

        var path = Path.Combine(folder, manifest.Assembly);
        var type = new PluginLoadContext(path).LoadFromAssemblyPath(path).GetType(manifest.Type)
            ?? throw new RefusedException($"'{manifest.Assembly}' has no type '{manifest.Type}'.");
        var plugin = Create(type);
        var task = plugin.Descriptor;
        return (task.Id, task.Version) == (manifest.Task.Id, manifest.Task.Version)
            ? plugin
            : throw new RefusedException(
                $"{PluginManifest.FileName} says task '{manifest.Task.Id}' version '{manifest.Task.Version}', but the assembly is " +
                $"'{task.Id}' version '{task.Version}'. Build the plugin again, so that its manifest is written anew.");
    }

    public static TaskPlugin Create(Type type) =>
        !typeof(TaskPlugin).IsAssignableFrom(type) || type.IsAbstract
            ? throw new RefusedException($"Type '{type.FullName}' is not a plugin; accepted: a class derived from {typeof(TaskPlugin).FullName}.")
            : type.GetConstructor(Type.EmptyTypes) is null
                ? throw new RefusedException($"Type '{type.FullName}' has no public constructor without parameters.")
                : (TaskPlugin)Activator.CreateInstance(type)!;

    /// <summary>The plugin's own exception, out of what reflection and the loader wrapped around it, in one sentence.</summary>
    public static string Explain(Exception e)
    {
        while (e is TargetInvocationException or TypeInitializationException or FileLoadException && e.InnerException is { } inner)
        {
            e = inner;
        }

        return e is RefusedException ? e.Message : $"{e.GetType().Name}: {e.Message}";
    }
}
