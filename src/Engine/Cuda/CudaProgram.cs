using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Cuda;

/// <summary>Compiled kernels.</summary>
internal interface IKernels
{
    /// <summary>Gives one of them to a stream.</summary>
    /// <param name="kernel">Its name.</param>
    /// <param name="stream">As <see cref="CudaLane.CurrentHandle"/> gives it.</param>
    /// <param name="columns">Blocks across.</param>
    /// <param name="rows">Blocks down.</param>
    /// <param name="threads">In a block.</param>
    /// <param name="sharedBytes">Memory that a block's threads share.</param>
    /// <param name="pointers">Its arguments, but for the last.</param>
    /// <param name="last">The last, by value.</param>
    /// <exception cref="InvalidOperationException">The driver refuses it.</exception>
    void Launch<T>(string kernel, nint stream, long columns, long rows, int threads, int sharedBytes, ReadOnlySpan<nint> pointers, T last)
        where T : unmanaged;
}

/// <summary>Kernels of our own, compiled for a GPU by NVIDIA's NVRTC, which libtorch with CUDA brings along. Lives as long as the process.</summary>
internal sealed unsafe partial class CudaProgram : IKernels
{
    // One at a time: the compiler is NVIDIA's own, and what it shares is not known.
    private static readonly Lock s_compiler = new();

    // CUDA_ERROR_OUT_OF_MEMORY.
    private const int OutOfMemory = 2;

    private readonly ConcurrentDictionary<string, nint> _functions = [];
    private readonly nint _module;
    private readonly nint _context;

    static CudaProgram() => CudaLibraries.Prepare();

    private CudaProgram(nint module, nint context) => (_module, _context) = (module, context);

    /// <param name="source">CUDA C++ whose kernels are <c>extern "C"</c>.</param>
    /// <param name="device">The GPU's number; the calling thread's current one.</param>
    /// <param name="macros">What the source wants defined: <c>VECTOR=8</c>.</param>
    /// <returns><see langword="null"/> where there is no compiler, or one that knows neither the GPU nor the source.</returns>
    /// <exception cref="InvalidOperationException">The GPU has no memory for it.</exception>
    public static CudaProgram? Compile(string source, int device, IReadOnlyList<string> macros)
    {
        try
        {
            if (CudaDevice.CapabilityOf(device) is not var (major, minor))
            {
                return null;
            }

            byte[]? binary;
            lock (s_compiler)
            {
                binary = Compile(source, [FormattableString.Invariant($"--gpu-architecture=sm_{major}{minor}"), .. macros.Select(m => $"--define-macro={m}")]);
            }

            fixed (byte* image = binary)
            {
                return binary is not null && ContextOf(out var context) == 0 && HasMemory(Load(out var module, image)) == 0 ? new CudaProgram(module, context) : null;
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    public void Launch<T>(string kernel, nint stream, long columns, long rows, int threads, int sharedBytes, ReadOnlySpan<nint> pointers, T last)
        where T : unmanaged
    {
        var function = _functions.GetOrAdd(kernel, static (name, module) =>
            HasMemory(Function(out var found, module, name)) == 0 ? found : throw new InvalidOperationException($"No kernel is called {name}."), _module);
        var arguments = stackalloc void*[pointers.Length + 1];
        arguments[pointers.Length] = &last;
        fixed (nint* first = pointers)
        {
            for (var i = 0; i < pointers.Length; i++)
            {
                arguments[i] = first + i;
            }

            // Autograd's thread may have had nothing to do with the GPU yet.
            if (ContextOf(out var current) != 0 || current == 0)
            {
                _ = Use(_context);
            }

            var result = Launch(function, (uint)columns, (uint)rows, 1, (uint)threads, 1, 1, (uint)sharedBytes, stream, arguments, null);
            if (result != 0)
            {
                throw new InvalidOperationException($"The GPU's driver refused the kernel {kernel} (CUDA error {result}{(result == OutOfMemory ? ", out of memory" : "")}).");
            }
        }
    }

    // What else is wrong is so for ever; this may be over in a minute.
    private static int HasMemory(int result) => result == OutOfMemory
        ? throw new InvalidOperationException($"The GPU's driver could not load a kernel (CUDA error {result}, out of memory).") : result;

    private static byte[]? Compile(string source, string[] options)
    {
        if (Create(out var program, source, "kernels.cu", 0, null, null) != 0)
        {
            return null;
        }

        var words = options.Select(Marshal.StringToCoTaskMemUTF8).ToArray();
        try
        {
            if (Compile(program, words.Length, words) != 0 || BinarySize(program, out var size) != 0)
            {
                return null;
            }

            var binary = new byte[size];
            fixed (byte* to = binary)
            {
                return Binary(program, to) == 0 ? binary : null;
            }
        }
        finally
        {
            Array.ForEach(words, Marshal.FreeCoTaskMem);
            _ = Destroy(ref program);
        }
    }

    [LibraryImport(CudaLibraries.Nvrtc, EntryPoint = "nvrtcCreateProgram", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Create(out nint program, string source, string name, int headers, byte** headerSources, byte** headerNames);

    [LibraryImport(CudaLibraries.Nvrtc, EntryPoint = "nvrtcCompileProgram")]
    private static partial int Compile(nint program, int count, nint[] options);

    [LibraryImport(CudaLibraries.Nvrtc, EntryPoint = "nvrtcGetCUBINSize")]
    private static partial int BinarySize(nint program, out nuint size);

    [LibraryImport(CudaLibraries.Nvrtc, EntryPoint = "nvrtcGetCUBIN")]
    private static partial int Binary(nint program, byte* binary);

    [LibraryImport(CudaLibraries.Nvrtc, EntryPoint = "nvrtcDestroyProgram")]
    private static partial int Destroy(ref nint program);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuCtxGetCurrent")]
    private static partial int ContextOf(out nint context);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuCtxSetCurrent")]
    private static partial int Use(nint context);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuModuleLoadData")]
    private static partial int Load(out nint module, byte* image);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuModuleGetFunction", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Function(out nint function, nint module, string name);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuLaunchKernel")]
    private static partial int Launch(
        nint function, uint gridX, uint gridY, uint gridZ, uint blockX, uint blockY, uint blockZ, uint sharedBytes, nint stream, void** arguments, void** extra);
}
