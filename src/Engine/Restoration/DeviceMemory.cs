using System.Runtime.InteropServices;
using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Restoration;

/// <summary>Memory of the devices that jobs run on.</summary>
public static partial class DeviceMemory
{
    // The driver, the libraries' own, and whatever else uses the device.
    private const double Usable = 0.9;

    // As libtorch, cuDNN and cuBLAS, CUDA's other libraries, and C++ say it. cuDNN's first handle and cuBLAS's are "not initialized" without
    // memory; and of a convolution libtorch tries one engine after the other, and says of the last alone that there was none.
    private static readonly string[] s_exhausted =
        ["out of memory", "can't allocate memory", "ALLOC_FAILED", "ALLOCATION_FAILED", "bad_alloc", "STATUS_NOT_INITIALIZED", "unable to find an engine"];

    /// <summary>Bytes that one job may take: free memory for <c>cpu</c>; for <c>cuda:0</c> nine tenths of the device's. <see cref="long.MaxValue"/> where it is not known.</summary>
    public static long Bytes(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device == "cpu" ? FreeMemory.Bytes()
            : CudaDevice.MemoryOf(Devices.IndexOf(device)) is { } all ? (long)(Usable * all)
            : long.MaxValue;
    }

    /// <summary>Memory of the calling thread's CUDA device that nobody holds; <see langword="null"/> where it is not known.</summary>
    public static long? FreeBytes()
    {
        try
        {
            return FreeMemoryOf(out var free, out _) == 0 ? (long)free : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Whether something failed because a device, or the system, had no memory left for it.</summary>
    public static bool IsExhausted(Exception e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return e is OutOfMemoryException || s_exhausted.Any(words => e.Message.Contains(words, StringComparison.OrdinalIgnoreCase))
            || (e.InnerException is { } inner && IsExhausted(inner));
    }

    // Of the thread's context.
    [LibraryImport("libcuda.so.1", EntryPoint = "cuMemGetInfo_v2")]
    private static partial int FreeMemoryOf(out nuint free, out nuint total);
}
