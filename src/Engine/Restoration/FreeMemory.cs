using System.Globalization;

namespace DipPipeline.Engine.Restoration;

/// <summary>Memory that a job may still take.</summary>
internal static class FreeMemory
{
    /// <summary>Bytes: what the kernel calls available, within the limit of the container. <see cref="long.MaxValue"/> where neither is known.</summary>
    public static long Bytes()
    {
        ProcessMemory.ReturnFreedMemory();
        // The runtime's figure honours the container's limit; what this process already holds counts against it.
        var limit = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet;
        const string file = "/proc/meminfo";
        if (!File.Exists(file))
        {
            return limit;
        }

        var line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line is null ? limit
            : Math.Min(limit, 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture));
    }
}
