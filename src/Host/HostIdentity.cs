using DipPipeline.Contracts;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>What this Host is and has, settled at its start.</summary>
internal sealed class HostIdentity
{
    /// <param name="options">Its settings.</param>
    /// <param name="resolve">The devices of a name, as <see cref="DeviceProbe.ResolveAll"/>.</param>
    /// <param name="computes">Whether a device does, as <see cref="DeviceProbe.Computes"/>.</param>
    /// <exception cref="RefusedException">There is no such device, or none that computes.</exception>
    public HostIdentity(IOptions<HostOptions> options, Func<string, IReadOnlyList<string>> resolve, Func<string, bool> computes)
    {
        var given = options.Value;
        Name = given.Name;
        // Before any job is taken, which a broken device would fail. One that is full now may have memory later.
        var found = resolve(given.Device).ToLookup(device => DeviceWatch.ProblemOf(device, computes) is { Kind: not DeviceProblemKind.IsFull } problem ? problem.Sentence : "");
        Devices = [.. found[""]];
        LeftOut = [.. found.Select(g => g.Key).Where(sentence => sentence.Length > 0)];
        if (Devices.Count == 0)
        {
            throw new RefusedException(string.Join(" ", LeftOut));
        }

        Slots = given.Slots > 0 ? given.Slots : Devices.Sum(device => device == "cpu" ? 1 : DeviceSharing.JobsAtOnce(DeviceMemory.Bytes(device), Environment.ProcessorCount / Devices.Count));
        Threads = Math.Max(1, (given.Threads > 0 ? given.Threads : Environment.ProcessorCount) / Slots);
    }

    public string Name { get; }

    /// <summary><c>cpu</c>, or CUDA devices: <c>cuda:0</c>, <c>cuda:1</c>.</summary>
    public IReadOnlyList<string> Devices { get; }

    /// <summary>A sentence about each device that did not compute at the start, and is none of them.</summary>
    public IReadOnlyList<string> LeftOut { get; }

    /// <summary>The devices, for people.</summary>
    public string Device => string.Join(", ", Devices);

    public int Slots { get; }

    /// <summary>The slots take turns at the devices.</summary>
    public string DeviceOf(int slot) => Devices[slot % Devices.Count];

    /// <summary>Memory of a GPU that each job may take, where several share one; <see langword="null"/> on the CPU, whose free memory is asked for as a job begins.</summary>
    public long? MemoryOf(string device) => device == "cpu" ? null : DeviceMemory.Bytes(device) is var all and < long.MaxValue ? all / ((Slots + Devices.Count - 1) / Devices.Count) : null;

    /// <summary>CPU threads of each slot.</summary>
    public int Threads { get; }
}
