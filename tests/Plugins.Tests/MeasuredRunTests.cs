using DipPipeline.Contracts.Options;
using DipPipeline.Engine.Measuring;
using DipPipeline.Plugins.Denoise;

namespace DipPipeline.Plugins.Tests;

/// <summary>Iterations that are measured.</summary>
public sealed class MeasuredRunTests
{
    /// <summary>On a CPU there are none; a trace that would come too late is refused wherever it is asked for.</summary>
    [Fact]
    public void Kernels_OnACpu_None_AndAfterAnIterationRefused()
    {
        var plugin = new DenoisePlugin();
        using var run = new MeasuredRun(plugin, OptionResolver.Resolve(plugin.Descriptor, "fast", [new("channels-down", "8,8"), new("channels-up", "8,8"), new("channels-skip", "4,4"), new("threads", "1")]), 32, "cpu");

        Assert.Null(run.Kernels(1));
        Assert.True(run.Iterate(1) > TimeSpan.Zero);
        Assert.Throws<InvalidOperationException>(() => run.Kernels(1));
    }
}
