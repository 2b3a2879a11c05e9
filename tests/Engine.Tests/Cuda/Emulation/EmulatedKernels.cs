using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using DipPipeline.Engine.Cuda;

namespace DipPipeline.Engine.Tests.Cuda.Emulation;

/// <summary>The GPU's kernels on the CPU, compiled by g++: the same source, launched as on a GPU, thread by thread. One at a time.</summary>
internal sealed unsafe class EmulatedKernels : IKernels
{
    private static readonly Lock s_gate = new();
    private readonly delegate* unmanaged<byte*, uint, uint, uint, uint, void**, int> _launch;

    private EmulatedKernels(nint library) =>
        _launch = (delegate* unmanaged<byte*, uint, uint, uint, uint, void**, int>)NativeLibrary.GetExport(library, "launch");

    private static readonly ConcurrentDictionary<string, EmulatedKernels> s_compiled = [];

    /// <summary>Where <see cref="IsThere"/>.</summary>
    public static KernelCompiler Compiler { get; } = new(Compile, new KernelStreams(() => 0));

    /// <summary>Has no picture small.</summary>
    public static KernelCompiler OfLargePictures { get; } = new(Compile, new KernelStreams(() => 0), mostSmall: 0);

    /// <summary>Whether this machine has g++.</summary>
    public static bool IsThere { get; } = Succeeds("--version");

    public void Launch<T>(string kernel, nint stream, long columns, long rows, int threads, int sharedBytes, ReadOnlySpan<nint> pointers, T last)
        where T : unmanaged
    {
        var name = Marshal.StringToCoTaskMemUTF8(kernel);
        var arguments = stackalloc void*[pointers.Length + 1];
        arguments[pointers.Length] = &last;
        lock (s_gate)
        {
            fixed (nint* first = pointers)
            {
                for (var i = 0; i < pointers.Length; i++)
                {
                    arguments[i] = first + i;
                }

                Assert.Equal(0, _launch((byte*)name, (uint)columns, (uint)rows, (uint)threads, (uint)sharedBytes, arguments));
            }
        }

        Marshal.FreeCoTaskMem(name);
    }

    public static EmulatedKernels Compile(string source, IReadOnlyList<string> macros) => s_compiled.GetOrAdd(string.Join(' ', macros), _ => CompileAnew(source, macros));

    private static EmulatedKernels CompileAnew(string source, IReadOnlyList<string> macros)
    {
        var folder = Directory.CreateTempSubdirectory("dip-kernels-").FullName;
        try
        {
            File.WriteAllText(Path.Join(folder, "kernels.cu"), source);
            File.Copy(Path.Join(AppContext.BaseDirectory, "emulate.cpp"), Path.Join(folder, "emulate.cpp"));
            var library = Path.Join(folder, "kernels.so");
            Assert.True(Succeeds(["-std=c++17", "-O1", "-shared", "-fPIC", "-Wno-unknown-pragmas", .. macros.Select(m => $"-D{m}"), "-o", library, Path.Join(folder, "emulate.cpp")]));
            return new EmulatedKernels(NativeLibrary.Load(library));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Succeeds(params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("g++", arguments) { RedirectStandardOutput = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
