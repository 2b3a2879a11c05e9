using DipPipeline.Engine.Networks;

namespace DipPipeline.Engine.Restoration;

/// <summary>How many jobs share one GPU.</summary>
public static class DeviceSharing
{
    // A device is busy long before its memory is full: what more jobs than these win by overlapping their launches is little.
    internal const int Most = 4;

    private const int Side = 1024;

    // The default network, whose features are the largest of all presets', on its noise input, in bfloat16.
    private static readonly NetworkSettings s_network = new()
    {
        Down = [128, 128, 128, 128, 128],
        Up = [128, 128, 128, 128, 128],
        Skip = [4, 4, 4, 4, 4],
    };

    /// <summary>As many of the default network at 1,024×1,024 as fit into its memory, 1 to 4, each with a core that launches its kernels.</summary>
    /// <param name="memoryBytes">Memory that jobs may take; <see cref="long.MaxValue"/> where it is not known, which is no reason to share.</param>
    /// <param name="cores">CPU cores for this device.</param>
    public static int JobsAtOnce(long memoryBytes, int cores)
    {
        var each = new MemoryEstimate(s_network, InputChannels: 32, Channels: 3, ElementBytes: 2).Bytes(Side, Side);
        return memoryBytes == long.MaxValue ? 1 : (int)Math.Clamp(Math.Min(memoryBytes / each, cores), 1, Most);
    }
}
