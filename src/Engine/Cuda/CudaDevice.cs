using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Cuda;

/// <summary>What NVIDIA's driver says of a GPU, without a context on it; <see langword="null"/> where there is no such GPU, or no driver.</summary>
internal static partial class CudaDevice
{
    private const int Major = 75;
    private const int Minor = 76;

    /// <summary>Its compute capability: (8, 0) is Ampere's first.</summary>
    public static (int Major, int Minor)? CapabilityOf(int index) => Asked<(int Major, int Minor)>(
        index, device => Attribute(out var major, Major, device) == 0 && Attribute(out var minor, Minor, device) == 0 ? (major, minor) : null);

    /// <summary>All of its memory, bytes.</summary>
    public static long? MemoryOf(int index) => Asked<long>(index, device => TotalMemory(out var bytes, device) == 0 ? (long)bytes : null);

    private static T? Asked<T>(int index, Func<int, T?> ask)
        where T : struct
    {
        try
        {
            return Init(0) == 0 && Get(out var device, index) == 0 ? ask(device) : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    [LibraryImport("libcuda.so.1", EntryPoint = "cuInit")]
    private static partial int Init(uint flags);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGet")]
    private static partial int Get(out int device, int ordinal);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceGetAttribute")]
    private static partial int Attribute(out int value, int attribute, int device);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuDeviceTotalMem_v2")]
    private static partial int TotalMemory(out nuint bytes, int device);
}
