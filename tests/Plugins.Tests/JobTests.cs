using DipPipeline.Contracts.Options;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using DipPipeline.Plugins.Denoise;

namespace DipPipeline.Plugins.Tests;

public sealed class JobTests
{
    /// <summary>A Host whose other GPU broke has other slots, and so other threads: it goes on from the checkpoints there are all the same.</summary>
    [Theory]
    [InlineData("cpu", 2, "cpu", 2)]
    [InlineData("cpu", 4, "cpu", 4)]
    [InlineData("cuda:0", 2, "cuda", 1)]
    [InlineData("cuda:1", 4, "cuda", 1)]
    public void Identity_TheCpusThreads_AreOfIt_OnACpuAlone(string device, int threads, string kind, int expected)
    {
        var plugin = new DenoisePlugin();
        var options = OptionResolver.Resolve(plugin.Descriptor, "fast", []);
        var request = new RestorationRequest { PicturePath = "a.png", Plugin = plugin, Preset = "fast", Options = options, OutputFolder = "out", Device = device, Threads = threads };
        var sut = new Job(request, SolverSettings.From(options), device, _ => throw new NotSupportedException(), null, null, TimeProvider.System);

        var identity = sut.Identity("job", new ExecutionPlan(device, Precision.Float32, threads) { OwnKernels = false });

        Assert.Equal((kind, expected), (identity.DeviceKind, identity.Threads));
        Assert.Equal((kind, expected), sut.Machine);
    }
}
