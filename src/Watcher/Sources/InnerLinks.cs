using System.Collections.Concurrent;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>Tells links that stay in the watched folder from those that lead out of it, which are refused, with one warning each.</summary>
internal sealed class InnerLinks(string folder, ILogger log)
{
    private readonly ConcurrentDictionary<string, bool> _warned = new(StringComparer.Ordinal);
    private readonly string _root = RealPath.Of(folder) + Path.DirectorySeparatorChar;

    public bool Allows(string location)
    {
        var real = RealPath.Of(location);
        if (real.StartsWith(_root, StringComparison.Ordinal))
        {
            return true;
        }

        if (_warned.TryAdd(location, true))
        {
            Log.LinkRefused(log, location, real);
        }

        return false;
    }
}
