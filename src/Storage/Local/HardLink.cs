using System.ComponentModel;
using System.Runtime.InteropServices;

namespace DipPipeline.Storage;

/// <summary>A second name for a file, made only where the name is free: the one creation that is atomic with its content, NFS included.</summary>
internal static partial class HardLink
{
    // EEXIST of Linux and macOS.
    private const int Exists = 17;

    /// <returns>Whether the name was free.</returns>
    public static bool TryCreate(string existing, string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return TryCopy(existing, name);
        }

        if (link(existing, name) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();
        return error switch
        {
            Exists => false,
            // Some mounted file systems have no links; they create exclusively all the same.
            1 or 95 or 38 => TryCopy(existing, name),
            2 => throw new DirectoryNotFoundException($"'{name}' cannot be made: {new Win32Exception(error).Message}"),
            13 or 30 => throw new UnauthorizedAccessException($"'{name}' cannot be made: {new Win32Exception(error).Message}"),
            _ => throw new IOException($"'{name}' cannot be made: {new Win32Exception(error).Message}", error),
        };
    }

    private static bool TryCopy(string existing, string name)
    {
        try
        {
            File.Copy(existing, name, overwrite: false);
            return true;
        }
        catch (IOException) when (File.Exists(name))
        {
            return false;
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string existing, string name);
}
