using System.Globalization;
using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Restoration;

/// <summary>The heap that tensors come from, the C library's or jemalloc: how it treats freed blocks, and the process's peak.</summary>
internal static partial class ProcessMemory
{
    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;
    private const int MmapMax = -4;

    private const string KernelHugePages = "/sys/kernel/mm/transparent_hugepage/enabled";

    // HEAP_MAX_SIZE of 64-bit glibc: the heaps of every thread but the first are of this size.
    private const int Heap = 64 << 20;

    private static readonly nint s_jemalloc = OperatingSystem.IsLinux() && NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "mallctl", out var control) ? control : 0;

    private static readonly Lazy<bool> s_kept = new(Keep);

    /// <summary>
    /// Whether glibc makes large blocks of huge pages: GLIBC_TUNABLES=glibc.malloc.hugetlb=1, which counts only if it is set before the
    /// program starts (<c>./dip</c> does), on a kernel that has them.
    /// </summary>
    public static bool HasHugePages { get; } = OperatingSystem.IsLinux()
        && (Environment.GetEnvironmentVariable("GLIBC_TUNABLES")?.Split(':').Any(t => t is "glibc.malloc.hugetlb=1" or "glibc.malloc.hugetlb=2") ?? false)
        && File.Exists(KernelHugePages) && !File.ReadAllText(KernelHugePages).Contains("[never]", StringComparison.Ordinal);

    /// <summary>
    /// Whether jemalloc is in the C library's place: LD_PRELOAD=libjemalloc.so.2, and how by MALLOC_CONF, before the program starts (<c>./dip</c> does
    /// where it is installed). It keeps freed blocks, and those of nearly one size fit into each other's places.
    /// </summary>
    public static bool HasJemalloc => s_jemalloc != 0;

    /// <summary>
    /// Has freed tensors kept for the next iteration instead of being returned to the system and zeroed anew: each iteration allocates
    /// the same blocks again. With huge pages those of 32 MiB and more are mapped anew all the same: that is cheap then, and they fit
    /// exactly, where a heap of blocks of nearly one size takes half as much again. Measured in bench/README.md. Once a process; does
    /// nothing on systems without glibc, or with jemalloc.
    /// </summary>
    public static void KeepFreedMemory() => _ = s_kept.Value;

    private static bool Keep()
    {
        if (!OperatingSystem.IsLinux() || HasJemalloc)
        {
            return false;
        }

        try
        {
            // Heap / 2 is the largest threshold that glibc accepts; 0 blocks may be mapped otherwise.
            _ = HasHugePages ? mallopt(MmapThreshold, Heap / 2) : mallopt(MmapMax, 0);
            // No heap shrinks at its end.
            _ = mallopt(TrimThreshold, -1);
            // Another thread's heap is unmapped once it is empty, unless the one before it has less room than this.
            _ = mallopt(TopPad, Heap);
            return true;
        }
        catch (EntryPointNotFoundException)
        {
            // musl has no mallopt; its allocator keeps freed blocks in its own way.
            return false;
        }
    }

    /// <summary>Gives back what is kept for a next iteration: at a job's end, before its tiles are made one picture, and before one asks what is free; a running one only maps it anew.</summary>
    public static void ReturnFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        if (HasJemalloc)
        {
            unsafe
            {
                // MALLCTL_ARENAS_ALL of jemalloc.h.
                fixed (byte* purgeAll = "arena.4096.purge"u8)
                {
                    _ = ((delegate* unmanaged<byte*, void*, nuint*, void*, nuint, int>)s_jemalloc)(purgeAll, null, null, null, 0);
                }
            }

            return;
        }

        try
        {
            _ = malloc_trim(0);
        }
        catch (EntryPointNotFoundException)
        {
            // musl: it kept nothing.
            return;
        }
    }

    /// <summary>The most memory the process ever held, bytes.</summary>
    public static long PeakBytes()
    {
        const string file = "/proc/self/status";
        var line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal)) : null;
        return line is null
            ? System.Diagnostics.Process.GetCurrentProcess().PeakWorkingSet64
            : 1024 * long.Parse(line.Split(['\t', ' '], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);

    [LibraryImport("libc")]
    private static partial int malloc_trim(nuint pad);
}
