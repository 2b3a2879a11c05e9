using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DipPipeline.Engine.Cuda;

namespace DipPipeline.Engine.Measuring;

/// <summary>A kernel of a GPU.</summary>
/// <param name="Name">As the compiler mangled it: <c>_ZN2at6native…</c>.</param>
/// <param name="Blocks">Of threads, that it consists of.</param>
/// <param name="Calls">Times it was started in one iteration, those of recordings included.</param>
/// <param name="Seconds">What they took of the GPU in one iteration.</param>
public sealed record KernelTime(string Name, long Blocks, double Calls, double Seconds);

/// <summary>
/// What a GPU did, kernel by kernel, by NVIDIA's CUPTI, which libtorch with CUDA brings along. One at a time; to be begun before anything is
/// recorded on the GPU, so that what is replayed is seen by its kernels.
/// </summary>
internal sealed unsafe partial class KernelTrace : IDisposable
{
    // CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL, and what its records begin with whatever CUPTI's version.
    private const uint ConcurrentKernel = 10;
    private const int StartOffset = 16;
    private const int EndOffset = 24;
    private const int GridOffset = 52;
    private const int NameOffset = 104;

    // As CUPTI's guide advises; aligned to 8 bytes.
    private const int BufferBytes = 8 << 20;
    private const uint Forced = 1;

    private static readonly Lock s_gate = new();
    private static readonly Dictionary<(string Name, long Blocks), (long Calls, ulong Nanoseconds)> s_kernels = [];

    static KernelTrace() => CudaLibraries.Prepare();

    private KernelTrace()
    {
    }

    /// <returns><see langword="null"/> where there is no CUPTI, or it may not be used.</returns>
    public static KernelTrace? Begin()
    {
        try
        {
            return RegisterCallbacks(&Request, &Complete) == 0 && Enable(ConcurrentKernel) == 0 ? new() : null;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Forgets what was done before; the GPU has to be done with it.</summary>
    public static void Clear()
    {
        _ = Flush(Forced);
        lock (s_gate)
        {
            s_kernels.Clear();
        }
    }

    /// <summary>What was done since, the longest first; the GPU has to be done with it.</summary>
    /// <param name="iterations">Those that it was done in.</param>
    public static IReadOnlyList<KernelTime> PerIteration(int iterations)
    {
        _ = Flush(Forced);
        lock (s_gate)
        {
            return [.. s_kernels.Select(k => new KernelTime(k.Key.Name, k.Key.Blocks, (double)k.Value.Calls / iterations, k.Value.Nanoseconds * 1e-9 / iterations)).OrderByDescending(k => k.Seconds)];
        }
    }

    public void Dispose()
    {
        _ = Disable(ConcurrentKernel);
        // Gives all buffers back: none is to come when the process ends.
        _ = Flush(Forced);
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Request(byte** buffer, nuint* size, nuint* most)
    {
        *buffer = (byte*)NativeMemory.AlignedAlloc(BufferBytes, 8);
        *size = BufferBytes;
        *most = 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Complete(void* context, uint stream, byte* buffer, nuint size, nuint valid)
    {
        lock (s_gate)
        {
            byte* record = null;
            while (NextRecord(buffer, valid, &record) == 0)
            {
                if (*(uint*)record == ConcurrentKernel)
                {
                    var grid = (int*)(record + GridOffset);
                    var kernel = (Marshal.PtrToStringUTF8(*(nint*)(record + NameOffset)) ?? "", (long)grid[0] * grid[1] * grid[2]);
                    var (calls, nanoseconds) = s_kernels.GetValueOrDefault(kernel);
                    s_kernels[kernel] = (calls + 1, nanoseconds + *(ulong*)(record + EndOffset) - *(ulong*)(record + StartOffset));
                }
            }
        }

        NativeMemory.AlignedFree(buffer);
    }

    [LibraryImport(CudaLibraries.Cupti, EntryPoint = "cuptiActivityRegisterCallbacks")]
    private static partial int RegisterCallbacks(
        delegate* unmanaged[Cdecl]<byte**, nuint*, nuint*, void> request, delegate* unmanaged[Cdecl]<void*, uint, byte*, nuint, nuint, void> complete);

    [LibraryImport(CudaLibraries.Cupti, EntryPoint = "cuptiActivityEnable")]
    private static partial int Enable(uint kind);

    [LibraryImport(CudaLibraries.Cupti, EntryPoint = "cuptiActivityDisable")]
    private static partial int Disable(uint kind);

    [LibraryImport(CudaLibraries.Cupti, EntryPoint = "cuptiActivityFlushAll")]
    private static partial int Flush(uint flag);

    [LibraryImport(CudaLibraries.Cupti, EntryPoint = "cuptiActivityGetNextRecord")]
    private static partial int NextRecord(byte* buffer, nuint valid, byte** record);
}
