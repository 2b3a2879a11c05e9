using System.Globalization;
using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Restoration;

/// <summary>The C library's memory: how it treats freed blocks, and the process's peak.</summary>
internal static partial class ProcessMemory
{
    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int TopPad = -2;
    private const int MmapThreshold = -3;

    // HEAP_MAX_SIZE of 64-bit glibc: the heaps of every thread but the first are of this size.
    private const int Heap = 64 << 20;

    private static readonly Lock s_lock = new();
    private static bool s_done;

    /// <summary>
    /// Has freed tensors kept for the next iteration instead of being returned to the system and zeroed anew: each iteration allocates
    /// the same blocks again. Once a process; does nothing on systems without glibc.
    /// </summary>
    public static void KeepFreedMemory()
    {
        lock (s_lock)
        {
            if (s_done || !OperatingSystem.IsLinux())
            {
                return;
            }

            s_done = true;
            try
            {
                // The largest threshold there is: larger blocks are mapped each on its own. They fit exactly, where a heap of blocks of nearly
                // one size would take half as much again; and with GLIBC_TUNABLES=glibc.malloc.hugetlb=1, which can be set before the
                // program starts only (./dip does), they are huge pages and cheap to map. Measured in bench/README.md.
                _ = mallopt(MmapThreshold, Heap / 2);
                // No heap shrinks at its end.
                _ = mallopt(TrimThreshold, -1);
                // Another thread's heap is unmapped once it is empty, unless the one before it has less room than this.
                _ = mallopt(TopPad, Heap);
            }
            catch (EntryPointNotFoundException)
            {
                // musl has no mallopt; its allocator keeps freed blocks in its own way.
                s_done = true;
            }
        }
    }

    /// <summary>Gives back what was kept for a next iteration: no job is running, and another is about to ask what is free.</summary>
    public static void ReturnFreedMemory()
    {
        if (!OperatingSystem.IsLinux())
        {
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
