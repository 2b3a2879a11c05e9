using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Imaging;

/// <summary>Tells files from what merely has a place among them: .NET does not, and opening a pipe waits for its writer.</summary>
public static partial class FileKind
{
    private const int CurrentFolder = -100; // AT_FDCWD
    private const uint Kind = 1; // STATX_TYPE
    private const int SizeOfStatx = 256;
    private const int OffsetOfMode = 28;
    private const int KindBits = 0xF000; // S_IFMT
    private const int Regular = 0x8000; // S_IFREG

    /// <summary>Whether there is something, at the end of all links, that is neither file nor folder: a pipe, a device, a socket. Linux only.</summary>
    public static bool IsSpecial(string path)
    {
        if (!OperatingSystem.IsLinux() || !File.Exists(path))
            return false;
        Span<byte> statx = stackalloc byte[SizeOfStatx];
        return Statx(CurrentFolder, path, 0, Kind, statx) == 0
            && (BinaryPrimitives.ReadUInt16LittleEndian(statx[OffsetOfMode..]) & KindBits) != Regular;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, Span<byte> result);
}
