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
        // libtorch's own stub lies beside it, under one name in all packages, and knows where the compiler is.
        const string stub = "libcaffe2_nvrtc.so";
        var libtorch = Loaded("libtorch_cuda.so").FirstOrDefault();
        _ = NativeLibrary.TryLoad(libtorch is null ? stub : Path.Join(Path.GetDirectoryName(libtorch), stub), out _);
        return Load("libnvrtc", "libnvrtc.so.13", "libnvrtc.so.12");
    }

    // What the process has loaded already, whatever its file's name; else what is installed.
    private static nint Load(string loaded, params string[] installed)
    {
        foreach (var name in Loaded(loaded).Concat(installed))
        {
            if (NativeLibrary.TryLoad(name, out var library))
            {
                return library;
            }
        }

        return 0;
    }

    // The files of the process whose names begin so.
    private static string[] Loaded(string name)
    {
        const string maps = "/proc/self/maps";
        return !File.Exists(maps) ? [] : [.. File.ReadLines(maps)
            .Select(line => line.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at ? line[at..] : "")
            .Where(path => Path.GetFileName(path).StartsWith(name, StringComparison.Ordinal) && !path.Contains("builtins", StringComparison.Ordinal))
            .Distinct()];
    }
}
