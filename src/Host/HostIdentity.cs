using DipPipeline.Engine.Optimisation;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>What this Host is and has, settled at its start.</summary>
internal sealed class HostIdentity
{
    public HostIdentity(IOptions<HostOptions> options)
    {
        var given = options.Value;
        Name = given.Name;
        Device = DeviceProbe.Resolve(given.Device);
        Slots = given.Slots > 0 ? given.Slots : 1;
        Threads = Math.Max(1, (given.Threads > 0 ? given.Threads : Environment.ProcessorCount) / Slots);
    }

    public string Name { get; }

    /// <summary><c>cpu</c> or <c>cuda:0</c>.</summary>
    public string Device { get; }

    public int Slots { get; }

    /// <summary>CPU threads of each slot.</summary>
    public int Threads { get; }
}
