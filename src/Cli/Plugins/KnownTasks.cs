using DipPipeline.Contracts.Tasks;
using DipPipeline.Contracts;
using DipPipeline.PluginHost;

namespace DipPipeline.Cli.Plugins;

internal static class KnownTasks
{
    /// <param name="task">As typed.</param>
    /// <param name="catalogue">Where tasks come from.</param>
    /// <param name="usage">How to name one.</param>
    /// <exception cref="RefusedException">None was named; the sentence says which there are.</exception>
    public static string Require(string? task, PluginCatalogue catalogue, string usage)
    {
        if (!string.IsNullOrEmpty(task))
        {
            return task;
        }

        string[] known = [.. catalogue.Entries.Where(e => e.Status != PluginStatus.Failed).Select(e => e.Manifest!.Task.Id).Order(StringComparer.Ordinal)];
        throw new RefusedException(known.Length == 0
            ? $"Say which task with {usage}; there is none yet: no usable plugin was found in '{PluginFolder.Locate()}'."
            : $"Say which task with {usage}; known tasks are {string.Join(", ", known)}.");
    }
}
