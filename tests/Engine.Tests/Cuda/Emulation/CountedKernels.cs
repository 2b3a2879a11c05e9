using DipPipeline.Engine.Cuda;

namespace DipPipeline.Engine.Tests.Cuda.Emulation;

/// <summary>Writes down which kernels were launched; refuses one, if wanted.</summary>
internal sealed class CountedKernels
{
    public CountedKernels() => Compiler = new((source, macros) => new Counted(this, EmulatedKernels.Compile(source, macros)), new KernelStreams(() => 0));

    public KernelCompiler Compiler { get; }

    public List<string> Launches { get; } = [];

    public string? Refused { get; init; }

    private sealed class Counted(CountedKernels by, EmulatedKernels kernels) : IKernels
    {
        public void Launch<T>(string kernel, nint stream, long columns, long rows, int threads, int sharedBytes, ReadOnlySpan<nint> pointers, T last)
            where T : unmanaged
        {
            by.Launches.Add(kernel);
            if (kernel == by.Refused)
            {
                throw new InvalidOperationException($"{kernel} is refused");
            }

            kernels.Launch(kernel, stream, columns, rows, threads, sharedBytes, pointers, last);
        }
    }
}
