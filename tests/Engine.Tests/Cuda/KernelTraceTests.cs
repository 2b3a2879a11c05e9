using DipPipeline.Engine.Measuring;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Cuda;

/// <summary>
/// On a machine with an NVIDIA GPU, in a process of its own, as in <c>dip bench engine</c>: a trace sees what the whole process does.
/// <c>./test Engine -explicit only -class '*KernelTraceTests'</c>.
/// </summary>
public sealed class KernelTraceTests
{
    private const string Gpu = "cuda:0";

    static KernelTraceTests() => Backends.Prepare();

    public KernelTraceTests() => Assert.SkipUnless(cuda.is_available(), "This machine has no CUDA device.");

    [Fact(Explicit = true)]
    public void Trace_OfWhatIsDone_CountsItsKernels()
    {
        using var scope = NewDisposeScope();
        var x = ones(1000, device: device(Gpu));
        using var trace = KernelTrace.Begin();
        Assert.NotNull(trace);
        DeviceClock.Wait(Gpu);
        KernelTrace.Clear();
        for (var i = 0; i < 10; i++)
        {
            x.add_(1);
        }

        DeviceClock.Wait(Gpu);
        var kernel = Assert.Single(KernelTrace.PerIteration(5));
        Assert.Equal(2, kernel.Calls);
        Assert.InRange(kernel.Seconds, 1e-7, 1e-3);
    }
}
