using System.Globalization;
using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Restoration;

/// <summary>The C library's memory: how it treats freed blocks, and the process's peak.</summary>
internal static partial class ProcessMemory
{
    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    /// <summary>The largest threshold glibc accepts on 64 bits (HEAP_MAX_SIZE / 2), bytes; larger blocks are always mapped anew.</summary>
    public const int LargestThreshold = 32 << 20;

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
                _ = mallopt(MmapThreshold, LargestThreshold);
                _ = mallopt(TrimThreshold, int.MaxValue);
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
