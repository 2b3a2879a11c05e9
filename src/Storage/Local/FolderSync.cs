using Microsoft.Win32.SafeHandles;
using System.Runtime.InteropServices;

namespace DipPipeline.Storage;

/// <summary>Has a folder's names outlive a loss of power: a renamed file alone does not have its new name on the medium.</summary>
internal static partial class FolderSync
{
    private const int ReadOnly = 0; // O_RDONLY: all that a folder can be opened for.

    public static void Flush(string folder)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        using var handle = new SafeFileHandle(open(folder, ReadOnly), ownsHandle: true);
        if (!handle.IsInvalid)
        {
            // What a network file system answers here is its own affair: the file itself is flushed.
            _ = fsync(handle);
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int fsync(SafeFileHandle file);
}
