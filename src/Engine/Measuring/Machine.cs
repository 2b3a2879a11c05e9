using System.Runtime.InteropServices;
using DipPipeline.Engine.Restoration;
using TorchSharp;

namespace DipPipeline.Engine.Measuring;

/// <summary>What measurements were made on.</summary>
/// <param name="Processor">Model of the processor, as the system names it.</param>
/// <param name="Cores">Cores that this process may use.</param>
/// <param name="MemoryBytes">Memory of the machine, or of the container.</param>
/// <param name="System">Operating system.</param>
/// <param name="Libtorch">Version of libtorch.</param>
/// <param name="HugePages">Whether large tensors are of huge pages.</param>
/// <param name="Jemalloc">Whether their memory is jemalloc's, or the C library's.</param>
public sealed record Machine(string Processor, int Cores, long MemoryBytes, string System, string Libtorch, bool HugePages, bool Jemalloc)
{
    private const string ProcessorFile = "/proc/cpuinfo";

    public static Machine This() => new(
        Model() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        RuntimeInformation.OSDescription,
        torch.__version__,
        ProcessMemory.HasHugePages,
        ProcessMemory.HasJemalloc);

    // Virtual machines hide the model ("AMD EPYC"): family and model numbers tell what it can do.
    private static string? Model()
    {
        if (!File.Exists(ProcessorFile))
        {
            return null;
        }

        var values = File.ReadLines(ProcessorFile).TakeWhile(line => line.Length > 0).Select(line => line.Split(':', 2)).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());
        return values.TryGetValue("model name", out var name)
            ? $"{name} (family {values.GetValueOrDefault("cpu family", "?")}, model {values.GetValueOrDefault("model", "?")})"
            : null;
    }
}
