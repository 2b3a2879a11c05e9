using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Cuda;

/// <summary>Libraries that libtorch with CUDA brings along or leans on, whose files are called otherwise in each of its packages.</summary>
internal static class CudaLibraries
{
    /// <summary>Traces of what a GPU does.</summary>
    public const string Cupti = "cupti";

    /// <summary>The compiler of kernels.</summary>
    public const string Nvrtc = "nvrtc";

    static CudaLibraries() => NativeLibrary.SetDllImportResolver(typeof(CudaLibraries).Assembly, static (name, _, _) => name switch
    {
        Cupti => Load("libcupti", "libcupti.so.13", "libcupti.so.12"),
        Nvrtc => LoadNvrtc(),
        _ => 0,
    });

    /// <summary>To be called before the first function of these libraries.</summary>
    public static void Prepare()
    {
    }

    private static nint LoadNvrtc()
    {
        // libtorch's own stub lies beside it, and knows where the compiler is.
        _ = NativeLibrary.TryLoad("libcaffe2_nvrtc.so", out _);
        return Load("libnvrtc", "libnvrtc.so.13", "libnvrtc.so.12");
    }

    // What the process has loaded already, whatever its file's name; else what is installed.
    private static nint Load(string loaded, params string[] installed)
    {
        const string maps = "/proc/self/maps";
        var mapped = File.Exists(maps)
            ? File.ReadLines(maps).Select(line => line[(line.LastIndexOf(' ') + 1)..]).Where(path => Path.GetFileName(path).StartsWith(loaded, StringComparison.Ordinal) && !path.Contains("builtins", StringComparison.Ordinal)).Take(1)
            : [];
        foreach (var name in mapped.Concat(installed))
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return library;
            }
        }

        return 0;
    }
}
