using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Cuda;

/// <summary>What a GPU's driver refuses, whatever the GPU, is not asked of it.</summary>
public sealed class LaunchLimitsTests
{
    static LaunchLimitsTests() => Backends.Prepare();

    /// <summary>A strip, such as a scan of a scroll, may have more lines than a grid has rows.</summary>
    [Theory]
    [InlineData(70_000, 3)]
    [InlineData(3, 70_000)]
    [InlineData(3, 3)]
    public void Launch_OfAnyShape_IsWithinAGridsLimits(int height, int width)
    {
        using var scope = NewDisposeScope();
        var limits = new Limits();
        var compiler = new KernelCompiler((_, _) => limits, new KernelStreams(() => 0));
        foreach (var isDoubled in new[] { false, true })
        {
            var x = MemoryFormat.ChannelsLast(zeros([1, 8, height, width], bfloat16)).requires_grad_(true);
            var (scale, shift) = (ones(8).requires_grad_(true), zeros(8).requires_grad_(true));
            var own = new OwnBackward();
            own.Run(() => FusedNormalisation.Apply(compiler, [new(x, 8, 0, isDoubled, null)], scale, shift, 1, 8, own).sum().backward());
            own.Run(() => UnfoldedConvolution.Apply(compiler, x, zeros([8, 8, 3, 3], bfloat16).requires_grad_(true), new(3, 1, 1, Reflects: false), null, own).sum().backward());
        }

        string[] expected = height * width > 32 * 32 ? ["apply", "fold", "moments", "spread", "sums", "unfold"] : ["differentiate", "fold", "normalise", "unfold"];
        Assert.Equal(expected, limits.Launched.Order());
    }

    private sealed class Limits : IKernels
    {
        public HashSet<string> Launched { get; } = [];

        public void Launch<T>(string kernel, nint stream, long columns, long rows, int threads, int sharedBytes, ReadOnlySpan<nint> pointers, T last)
            where T : unmanaged
        {
            Assert.InRange(columns, 1, int.MaxValue);
            Assert.InRange(rows, 1, 65_535);
            Assert.InRange(threads, 1, 1024);
            // More is had by asking for it alone.
            Assert.InRange(sharedBytes, 0, 48 << 10);
            Launched.Add(kernel);
        }
    }
}
