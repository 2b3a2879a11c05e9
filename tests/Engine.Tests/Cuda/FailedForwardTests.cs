using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tests.Cuda.Emulation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Cuda;

/// <summary>Alone: it looks at the memory of the process.</summary>
[CollectionDefinition(nameof(FailedForwardTests), DisableParallelization = true)]
[Collection(nameof(FailedForwardTests))]
public sealed class FailedForwardTests
{
    static FailedForwardTests() => Backends.Prepare();

    /// <summary>A job without memory is tried again later, by a process that must not have less each time.</summary>
    [Theory]
    [InlineData("moments")]
    [InlineData("unfold")]
    public void Forward_KernelIsRefused_NothingIsKept(string refused)
    {
        Assert.SkipUnless(EmulatedKernels.IsThere, "This machine has no g++.");
        var refusing = new CountedKernels { Refused = refused };
        var before = 0L;
        for (var i = 0; i < 24; i++)
        {
            using var scope = NewDisposeScope();
            var x = zeros([1, 8, 1024, 1024], bfloat16).requires_grad_(true);
            // Keeps what it makes, 16 MiB.
            using var values = MemoryFormat.ChannelsLast(x.exp());
            Action apply = refused == "unfold"
                ? () => UnfoldedConvolution.Apply(refusing.Compiler, values, zeros([8, 8, 3, 3], bfloat16).requires_grad_(true), new(3, 1, 1, Reflects: false), null, new OwnBackward())
                : () => FusedNormalisation.Apply(refusing.Compiler, [new(values, 8, 0, IsDoubled: false, null)], ones(8).requires_grad_(true), zeros(8).requires_grad_(true), 0, 8, new OwnBackward());
            Assert.Equal($"{refused} is refused", Assert.Throws<InvalidOperationException>(apply).Message);
            before = i == 3 ? Environment.WorkingSet : before;
        }

        Assert.InRange(Environment.WorkingSet - before, long.MinValue, 160L << 20);
    }
}
