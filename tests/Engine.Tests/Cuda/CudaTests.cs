using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Cuda;

/// <summary>On a machine with an NVIDIA GPU: that it computes what the CPU does, and recorded what it does unrecorded.</summary>
[Collection(nameof(CudaTests))]
public sealed class CudaTests
{
    private const string Gpu = "cuda:0";

    static CudaTests() => Backends.Prepare();

    public CudaTests() => Assert.SkipUnless(cuda.is_available(), "This machine has no CUDA device.");

    [Fact]
    public void Run_OnTheGpu_RestoresAsOnTheCpu()
    {
        using var there = new TinyJob(on: Gpu);
        using var here = new TinyJob();
        var settings = TinyJob.Settings(("iterations", "400"));
        Assert.InRange(Error(there, there.Run(settings, plan: Plan("float32"))), 0, 1.2 * Error(here, here.Run(settings)));
        Assert.InRange(Error(there, there.Run(settings, plan: Plan("bfloat16"))), 0, 1.2 * Error(here, here.Run(settings)));
    }

    /// <summary>Nobody has made it a thread's current device before.</summary>
    [Fact]
    public void Run_OnTheLastOfSeveralGpus_RestoresAsOnTheCpu()
    {
        Assert.SkipUnless(cuda.device_count() > 1, "This machine has one CUDA device.");
        var last = FormattableString.Invariant($"cuda:{cuda.device_count() - 1}");
        using var there = new TinyJob(on: last);
        using var here = new TinyJob();
        var settings = TinyJob.Settings(("iterations", "400"));
        Assert.InRange(Error(there, there.Run(settings, plan: Plan("bfloat16") with { Device = last })), 0, 1.2 * Error(here, here.Run(settings)));
    }

    [Fact]
    public void Run_FirstIterations_AreTheCpus()
    {
        using var there = new TinyJob(on: Gpu);
        using var here = new TinyJob();
        var settings = TinyJob.Settings(("iterations", "4"));
        Assert.InRange(Difference(here.Run(settings), there.Run(settings, plan: Plan("float32"))), 0, 1e-3);
    }

    [Theory]
    [InlineData("float32", "reflection", "stride", "bilinear", "leaky-relu")]
    [InlineData("bfloat16", "reflection", "stride", "bilinear", "leaky-relu")]
    [InlineData("float32", "zero", "avg", "nearest", "relu")]
    [InlineData("bfloat16", "zero", "max", "nearest", "swish")]
    [InlineData("float32", "reflection", "lanczos2", "bilinear", "elu")]
    public void Run_Recorded_IsAsUnrecorded(string precision, string padding, string downsample, string upsample, string activation)
    {
        using var job = new TinyJob(64, 96, on: Gpu);
        (string, string)[] options = [("padding", padding), ("downsample", downsample), ("upsample", upsample), ("activation", activation), ("iterations", "40")];
        AssertRecordedIsAsUnrecorded(job, precision, options);
    }

    [Theory]
    [InlineData("network", "deep-decoder", "channels-down", "8,8")]
    [InlineData("input", "fourier", "trained", "affine")]
    [InlineData("objective", "blind-spot", "input", "none")]
    [InlineData("objective", "recorrupted", "stop", "held-out")]
    [InlineData("ensemble", "2", "parameter-noise", "0.02")]
    [InlineData("pixel-shuffle", "2", "tv-weight", "0.01")]
    [InlineData("channels-skip", "0,0", "gradient-clip", "1")]
    [InlineData("channels-skip", "4,4", "filter-skip", "1")]
    [InlineData("optimiser", "muon", "channels-skip", "8,8")]
    [InlineData("optimiser", "muon", "kernels", "libtorch")]
    [InlineData("optimiser", "adam", "kernels", "libtorch")]
    public void Run_RecordedWithOptions_IsAsUnrecorded(string first, string itsValue, string second, string itsOther)
    {
        using var job = new TinyJob(on: Gpu);
        foreach (var precision in new[] { "float32", "bfloat16" })
        {
            AssertRecordedIsAsUnrecorded(job, precision, [(first, itsValue), (second, itsOther), ("iterations", "40")]);
        }
    }

    [Theory]
    [InlineData("auto", false, true)]
    [InlineData("off", false, false)]
    [InlineData("auto", true, false)]
    public void Iterate_AfterARehearsal_IsReplayedWhereThatIsWanted(string graphs, bool symmetries, bool isReplayed)
    {
        using var job = new TinyJob(on: Gpu);
        using var solver = job.Solver(TinyJob.Settings(("cuda-graphs", graphs), ("symmetries", symmetries ? "true" : "false")), plan: Plan("float32"));
        solver.Iterate(2);
        Assert.False(solver.IsReplayed);
        solver.Iterate(10);
        Assert.Equal(isReplayed, solver.IsReplayed);
    }

    [Theory]
    [InlineData("muon", true)]
    [InlineData("adam", false)]
    public void Iterate_AfterARehearsal_ReplaysMuonsStep(string optimiser, bool isReplayed)
    {
        using var job = new TinyJob(on: Gpu);
        using var solver = job.Solver(TinyJob.Settings(("optimiser", optimiser), ("channels-skip", "8,8")), plan: Plan("bfloat16"));
        solver.Iterate(2);
        Assert.False(solver.IsStepReplayed);
        solver.Iterate(10);
        Assert.Equal(isReplayed, solver.IsStepReplayed);
    }

    /// <summary>So large, and of so many channels, that the input's and the skip's convolutions are products of matrices.</summary>
    [Fact]
    public void Run_RecordedConvolutionsOverFewChannels_IsAsUnrecorded()
    {
        using var job = new TinyJob(256, 256, on: Gpu);
        AssertRecordedIsAsUnrecorded(job, "bfloat16", [("channels-down", "64,64"), ("channels-up", "64,64"), ("channels-skip", "4,4"), ("iterations", "20")]);
    }

    /// <summary>Adam makes the same step of a gradient and of twice the gradient: so the gradients themselves are compared.</summary>
    [Theory]
    [InlineData("float32", 1e-3)]
    [InlineData("bfloat16", 0.05)]
    public void Backward_Recorded_GivesTheSameGradient(string precision, double tolerance)
    {
        using var scope = NewDisposeScope();
        var type = precision == "float32" ? float32 : bfloat16;
        var settings = TinyJob.Settings().Network;
        var network = Network.Create(settings, 4, 3);
        using var parameters = new ParameterBuffer(network.Layout, type, device(Gpu));
        parameters.Initialise(new Generator(1, CPU));
        var z = MemoryFormat.Fastest(randn([1, 4, 32, 48], generator: new Generator(2, CPU)).to(device(Gpu)).to(type));
        var direction = randn([1, 3, 32, 48], generator: new Generator(3, CPU)).to(device(Gpu));
        var lane = CudaLane.Rent(Gpu)!;
        using (lane.Enter())
        using (var pass = new NetworkPass(network, parameters, lane, bytes: 0, KernelCompiler.Of(device(Gpu))))
        {
            var gradients = Enumerable.Range(0, 6).Select(_ => pass.Backward((pass.Forward(z) * direction).sum()).clone()).ToArray();
            Assert.True(pass.IsReplayed);
            Assert.InRange(((gradients[0] - gradients[5]).norm() / gradients[0].norm()).item<float>(), 0, tolerance);
        }

        lane.Return();
    }

    /// <summary>Where the GPU's memory ends, say: the job, and those beside it, go on unrecorded.</summary>
    [Fact]
    public void Record_OfWorkThatFails_LeavesTheGpuAsItWas()
    {
        using var scope = NewDisposeScope();
        var x = zeros(1000, device: device(Gpu));
        var lane = CudaLane.Rent(Gpu)!;
        using (lane.Enter())
        {
            var pool = lane.PoolFor("a failure");
            using var failed = new CudaGraph();
            lock (CudaGraph.Exclusive)
            {
                var thrown = Assert.Throws<RecordingException>(() => failed.Record<int>(pool, () =>
                {
                    x.add_(1);
                    throw new InvalidOperationException("no more");
                }));
                Assert.Equal("no more", thrown.Message);
                Assert.False(CudaLane.IsRecording);
            }

            using var graph = new CudaGraph();
            lock (CudaGraph.Exclusive)
            {
                graph.Record(pool, () => x.add_(1));
            }

            graph.Replay();
            graph.Replay();
            x.add_(1);
        }

        lane.Return();
        Assert.Equal(3, x.mean().item<float>());
    }

    [Fact]
    public void Backward_ARecordingThatFails_GoesOnUnrecorded()
    {
        using var scope = NewDisposeScope();
        var network = new FailsOnce(TinyJob.Settings().Network);
        using var parameters = new ParameterBuffer(network.Layout, bfloat16, device(Gpu));
        parameters.Initialise(new Generator(1, CPU));
        var z = MemoryFormat.Fastest(randn([1, 4, 32, 48], generator: new Generator(2, CPU)).to(device(Gpu)).to(bfloat16));
        var why = new List<string>();
        var lane = CudaLane.Rent(Gpu)!;
        using (lane.Enter())
        using (var pass = new NetworkPass(network, parameters, lane, bytes: 0, KernelCompiler.Of(device(Gpu)), why.Add))
        {
            var gradients = Enumerable.Range(0, 6).Select(_ => pass.Backward(pass.Forward(z).sum()).clone()).ToArray();
            Assert.False(pass.IsReplayed);
            Assert.Equal(["it fails once"], why);
            Assert.InRange(((gradients[0] - gradients[5]).norm() / gradients[0].norm()).item<float>(), 0, 0.05);
        }

        lane.Return();
    }

    /// <summary>libtorch keeps what a large job before it has used; and says nothing to the driver of it.</summary>
    [Theory]
    [InlineData(0.5, true)]
    [InlineData(2, false)]
    public void Record_TheMemoryIsLibtorchsOwn_IsHadBack(double ofIt, bool isRecorded)
    {
        using var scope = NewDisposeScope();
        var network = Network.Create(TinyJob.Settings().Network, 4, 3);
        using var parameters = new ParameterBuffer(network.Layout, bfloat16, device(Gpu));
        parameters.Initialise(new Generator(1, CPU));
        var z = MemoryFormat.Fastest(randn([1, 4, 40, 56], generator: new Generator(2, CPU)).to(device(Gpu)).to(bfloat16));
        var why = new List<string>();
        var lane = CudaLane.Rent(Gpu)!;
        using (lane.Enter())
        {
            var free = DeviceMemory.FreeBytes()!.Value;
            empty([(long)(0.9 * free)], int8, device(Gpu)).Dispose();
            Assert.InRange(DeviceMemory.FreeBytes()!.Value, 0, free / 5);
            using var pass = new NetworkPass(network, parameters, lane, bytes: (long)(ofIt * free), KernelCompiler.Of(device(Gpu)), why.Add);
            for (var i = 0; i < 6; i++)
            {
                pass.Backward(pass.Forward(z).sum());
            }

            Assert.Equal((isRecorded, isRecorded ? 0 : 1), (pass.IsReplayed, why.Count));
        }

        lane.Return();
    }

    /// <summary>libtorch has 32 streams to give: the next would be one that another job records on.</summary>
    [Fact]
    public void Rent_MoreLanesThanThereAreStreams_IsNone()
    {
        var rented = new List<CudaLane>();
        while (CudaLane.Rent(Gpu) is { } lane)
        {
            rented.Add(lane);
            Assert.InRange(rented.Count, 1, 32);
        }

        rented.ForEach(lane => lane.Return());
        Assert.NotEmpty(rented);
    }

    /// <summary>A job that begins or ends waits for the whole device, which must not happen while another one records.</summary>
    [Fact]
    public async Task Run_ManyShortJobsAtOnce_AllEnd()
    {
        var settings = TinyJob.Settings(("iterations", "12"));
        await Task.WhenAll(Enumerable.Range(0, 3).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                using var job = new TinyJob(32 + (4 * worker), 32 + (8 * (i % 3)), on: Gpu);
                Assert.True(Error(job, job.Run(settings, plan: Plan("bfloat16"))) < 1);
            }
        }, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Run_Resumed_GoesOnAsItWould()
    {
        var path = Path.Join(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            using var job = new TinyJob(on: Gpu);
            var settings = TinyJob.Settings(("objective", "recorrupted"));
            var identity = new CheckpointIdentity("job", "0.1.0", "1.0.0", "cuda", "float32", 2);
            byte[] whole;
            using (var solver = job.Solver(settings, plan: Plan("float32")))
            {
                using var picture = solver.Run(new SolverEvents { Checkpoint = s => { if (s.State.Counters.Iteration == 20) { Checkpoint.Save(path, identity, s); } } }, CancellationToken.None).Picture.cpu();
                whole = picture.bytes.ToArray();
            }

            using var resumed = job.Solver(settings, plan: Plan("float32"));
            Assert.Null(Checkpoint.TryLoad(path, identity, resumed));
            Assert.Equal(20, resumed.State.Counters.Iteration);
            using var result = resumed.Run(new SolverEvents(), CancellationToken.None).Picture.cpu();
            Assert.InRange(Difference(whole, result.bytes.ToArray()), 0, 0.01);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A network of an ensemble draws the same, whoever fits it.</summary>
    [Theory]
    [InlineData("adam")]
    [InlineData("muon")]
    public async Task Run_NetworksAtTheSameTime_AreThoseOfOneAfterAnother(string optimiser)
    {
        using var job = new TinyJob(64, 64, on: Gpu);
        var settings = TinyJob.Settings(("objective", "recorrupted"), ("ensemble", "2"), ("iterations", "100"), ("optimiser", optimiser), ("learning-rate", "0.003"));
        var whole = job.Run(settings, plan: Plan("float32"));
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(n => Task.Run(
            () =>
            {
                using var solver = job.Solver(settings, plan: Plan("float32"), share: new MemberShare(n, 1));
                using var result = solver.Run(new SolverEvents(), CancellationToken.None).Picture.cpu();
                return result.bytes.ToArray();
            },
            TestContext.Current.CancellationToken)));
        using var scope = NewDisposeScope();
        Assert.InRange((((Picture(both[0]) + Picture(both[1])) / 2) - Picture(whole)).abs().mean().item<float>(), 0, 0.01);
        Assert.True(Difference(both[0], both[1]) > 0.02);
    }

    [Fact]
    public async Task Run_TwoJobsAtOnce_DoNotMix()
    {
        using var first = new TinyJob(64, 64, on: Gpu);
        using var second = new TinyJob(48, 80, on: Gpu);
        var settings = TinyJob.Settings(("iterations", "300"));
        var (alone, other) = (first.Run(settings, plan: Plan("float32")), second.Run(settings, seed: 5, plan: Plan("float32")));
        for (var round = 0; round < 3; round++)
        {
            var together = await Task.WhenAll(
                Task.Run(() => first.Run(settings, plan: Plan("float32")), TestContext.Current.CancellationToken),
                Task.Run(() => second.Run(settings, seed: 5, plan: Plan("float32")), TestContext.Current.CancellationToken));
            Assert.InRange(Difference(alone, together[0]), 0, 0.02);
            Assert.InRange(Difference(other, together[1]), 0, 0.02);
        }
    }

    private static ExecutionPlan Plan(string precision) => new(Gpu, precision == "float32" ? Precision.Float32 : Precision.BFloat16, 2);

    // One precision's rounding apart: sums of a GPU come in no fixed order.
    private static void AssertRecordedIsAsUnrecorded(TinyJob job, string precision, (string, string)[] options)
    {
        byte[] recorded;
        var settings = TinyJob.Settings([.. options, ("precision", precision)]);
        var plan = Plan(precision) with { OwnKernels = settings.OwnKernels };
        using (var solver = job.Solver(settings, plan: plan))
        {
            using var result = solver.Run(new SolverEvents(), CancellationToken.None).Picture.cpu();
            recorded = result.bytes.ToArray();
            Assert.True(solver.IsReplayed);
        }

        var unrecorded = job.Run(settings with { CudaGraphs = false }, plan: plan);
        Assert.InRange(Difference(recorded, unrecorded), 0, precision == "float32" ? 0.01 : 0.03);
        using var here = new TinyJob((int)job.Truth.shape[2], (int)job.Truth.shape[3]);
        Assert.InRange(Error(job, recorded), 0, 0.02 + (1.5 * Error(here, here.Run(TinyJob.Settings(options)))));
    }

    // Mean of absolute differences.
    private static double Difference(byte[] a, byte[] b)
    {
        using var scope = NewDisposeScope();
        return (Picture(a) - Picture(b)).abs().mean().item<float>();
    }

    // Root of the mean squared error.
    private static double Error(TinyJob job, byte[] result)
    {
        using var scope = NewDisposeScope();
        return Math.Sqrt((Picture(result) - job.Truth.cpu().view(-1)).square().mean().item<float>());
    }

    private static Tensor Picture(byte[] bytes) => tensor(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray());

    /// <summary>One convolution before the last; fails where it would be recorded, with something of it recorded already.</summary>
    private sealed class FailsOnce : Network
    {
        private readonly Convolution _first;
        private int _passes;

        public FailsOnce(NetworkSettings settings)
            : base(settings)
        {
            _first = new Convolution(Layout, 4, 8, 3, settings.Bias, settings.Padding);
            RegisterOutput(8, 3);
        }

        protected override Features Describe(Features z, Pass pass)
        {
            var features = _first.Apply(z, pass);
            if (++_passes == 4)
            {
                features.Dispose();
                throw new InvalidOperationException("it fails once");
            }

            return features;
        }
    }
}
