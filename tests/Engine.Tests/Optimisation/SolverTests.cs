using DipPipeline.Energy;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class SolverTests
{
    [Fact]
    public void Run_NoisyScene_ComesCloserToTheTruthThanTheObservation()
    {
        using var job = new TinyJob();
        using var solver = job.Solver(TinyJob.Settings(("iterations", "400")));
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        using var scope = NewDisposeScope();
        var before = (job.Observed - job.Truth).square().mean().item<float>();
        var after = (result.Picture - job.Truth).square().mean().item<float>();
        Assert.True(after < before / 2, $"{after} after {before}");
        Assert.True(result.Counters.LastEnergy < result.Counters.FirstEnergy / 2);
        Assert.Equal(400, result.Counters.Iteration);
        Assert.Equal(40, result.Curve.Count);
    }

    [Theory]
    [InlineData("float32", 1)]
    [InlineData("bfloat16", 1)]
    [InlineData("float32", 2)]
    [InlineData("bfloat16", 2)]
    public void Run_SameSeed_GivesTheSameBytes(string precision, int threads)
    {
        using var job = new TinyJob(64, 96);
        var settings = TinyJob.Settings(("precision", precision), ("parameter-noise", "0.02"), ("channels-down", "16,16"), ("channels-up", "16,16"));
        var plan = new ExecutionPlan("cpu", precision == "float32" ? Precision.Float32 : Precision.BFloat16, threads);
        var first = job.Run(settings, plan: plan);
        Assert.Equal(first, job.Run(settings, plan: plan));
        Assert.NotEqual(first, job.Run(settings, seed: 1, plan: plan));
    }

    [Fact]
    public void Run_OtherDrawsMeanwhile_DoNotChangeTheBytes()
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings();
        var alone = job.Run(settings);
        torch.random.manual_seed(12345);
        using var drawn = randn(1000);
        Assert.Equal(alone, job.Run(settings));
    }

    /// <summary>With the package's TorchSharp (build/TorchSharpAssembly.targets) libtorch reads freed numbers here, and throws or computes with them.</summary>
    [Fact]
    public void Run_WhileMemoryIsCollectedAllTheTime_GivesTheSameBytes()
    {
        using var job = new TinyJob(16, 16, 1);
        var settings = TinyJob.Settings(("iterations", "400"), ("parameter-noise", "0.02"), ("tv-weight", "0.01"), ("gradient-clip", "1"), ("stop", "moving-variance"));
        var alone = job.Run(settings);
        var isOver = false;
        var collector = new Thread(() =>
        {
            while (!Volatile.Read(ref isOver))
            {
                GC.Collect(0);
                // Each collection stops the other thread, which without a pause gets nowhere on some machines.
                Thread.Sleep(1);
            }
        });
        collector.Start();
        try
        {
            Assert.Equal(alone, job.Run(settings));
        }
        finally
        {
            Volatile.Write(ref isOver, true);
            collector.Join();
        }
    }

    [Fact]
    public void Run_TwoJobsAtOnce_GiveTheBytesEachGivesAlone()
    {
        using var first = new TinyJob();
        using var second = new TinyJob(40, 24, 1);
        var settings = TinyJob.Settings();
        // Each with threads of its own number: sums over several round by how many they are.
        var onTwo = TinyJob.Plan with { Threads = 2 };
        var alone = (first.Run(settings, plan: onTwo), second.Run(settings, seed: 5));
        byte[] one = [], two = [];
        using var start = new Barrier(2);
        var threads = new[] { new Thread(() => { start.SignalAndWait(); one = first.Run(settings, plan: onTwo); }), new Thread(() => { start.SignalAndWait(); two = second.Run(settings, seed: 5); }) };
        Array.ForEach(threads, t => t.Start());
        Array.ForEach(threads, t => t.Join());
        Assert.Equal(alone.Item1, one);
        Assert.Equal(alone.Item2, two);
    }

    [Theory]
    [InlineData("moving-variance", "energy", "8,8", "adam")]
    [InlineData("moving-variance", "energy", "96,8", "adam")]
    [InlineData("held-out", "recorrupted", "8,8", "muon")]
    [InlineData("held-out", "recorrupted", "8,8", "muon", 2)]
    public void Run_TwoHundredIterations_KeepsNoTensorAlive(string stop, string objective, string channels, string optimiser, int networks = 1)
    {
        using var job = new TinyJob();
        using var solver = job.Solver(TinyJob.Settings(("optimiser", optimiser), ("iterations", "250"), ("ensemble", $"{networks}"), ("tail-mean", networks == 1 ? "0.5" : "0"), ("tv-weight", "0.01"), ("stop", stop), ("objective", objective), ("gradient-clip", "1"), ("channels-up", channels)));
        var live = new List<long>();
        var result = solver.Run(new SolverEvents { Progress = _ => live.Add(DisposeScopeManager.Statistics.ThreadTotalLiveCount) }, CancellationToken.None);
        result.Picture.Dispose();
        // The first check sees the snapshot of the start; from the fifth on each sees the same.
        // Two networks end at 125 and 250.
        Assert.Equal(24 + networks, live.Count);
        Assert.Single(live[5..].Distinct());
    }

    [Theory]
    [InlineData(8, 8, 1)]
    [InlineData(9, 13, 3)]
    [InlineData(31, 50, 1)]
    public void Run_AnySize_GivesThatSize(int height, int width, int channels)
    {
        using var job = new TinyJob(height, width, channels);
        using var solver = job.Solver(TinyJob.Settings(("channels-down", "4,4,4,4,4"), ("channels-up", "4,4,4,4,4"), ("channels-skip", "2,2,2,2,2"), ("iterations", "10")));
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        using var picture = result.Picture;
        Assert.Equal([1, channels, height, width], picture.shape);
        Assert.True(picture.isfinite().all().item<bool>());
    }

    [Theory]
    [InlineData("downsample", "stride", "avg", "max", "lanczos2", "lanczos3")]
    [InlineData("upsample", "nearest", "bilinear")]
    [InlineData("padding", "reflection", "zero", "replication")]
    [InlineData("activation", "leaky-relu", "relu", "swish", "elu")]
    [InlineData("up-1x1", "true", "false")]
    [InlineData("sigmoid", "true", "false")]
    [InlineData("sigmoid-margin", "0", "0.05")]
    [InlineData("bias", "true", "false")]
    [InlineData("filter-down", "1", "3", "5")]
    [InlineData("filter-up", "1", "3", "5")]
    [InlineData("filter-skip", "1", "3", "11")]
    [InlineData("input-scale", "0.1", "1")]
    [InlineData("input", "noise-uniform", "noise-normal", "mesh-grid", "fourier", "picture")]
    [InlineData("input-noise", "0", "0.1")]
    [InlineData("parameter-noise", "0", "0.02")]
    [InlineData("optimiser", "adam", "muon")]
    [InlineData("learning-rate-schedule", "constant", "cosine", "step")]
    [InlineData("learning-rate-warmup", "0", "0.5")]
    [InlineData("gradient-clip", "0", "0.0001")]
    [InlineData("average-decay", "0", "0.9")]
    [InlineData("tail-mean", "0", "0.3")]
    [InlineData("tv-weight", "0", "1")]
    public void Run_EachChoiceOfAnOption_GivesAnotherPicture(string option, params string[] choices)
    {
        using var job = new TinyJob(16, 16, 1);
        var results = choices.Select(c => job.Run(TinyJob.Settings((option, c)))).ToArray();
        for (var i = 1; i < results.Length; i++)
        {
            Assert.All(results[..i], r => Assert.NotEqual(r, results[i]));
        }
    }

    [Theory]
    [InlineData("tv-kind", "isotropic", "anisotropic")]
    [InlineData("tv-beta", "0.5", "1")]
    public void Run_EachKindOfVariation_GivesAnotherPicture(string option, string one, string other)
    {
        using var job = new TinyJob(16, 16, 1);
        Assert.NotEqual(job.Run(TinyJob.Settings(("tv-weight", "1"), (option, one))), job.Run(TinyJob.Settings(("tv-weight", "1"), (option, other))));
    }

    [Theory]
    [InlineData("fourier-octaves", "2", "4")]
    [InlineData("fourier-base", "2", "3")]
    public void Run_EachChoiceOfFourierFeatures_GivesAnotherPicture(string option, string one, string other)
    {
        using var job = new TinyJob(16, 16, 1);
        Assert.NotEqual(job.Run(TinyJob.Settings(("input", "fourier"), (option, one))), job.Run(TinyJob.Settings(("input", "fourier"), (option, other))));
    }

    /// <summary>The rule sees every output, its picture is the result, and the result says where it is from.</summary>
    [Fact]
    public void Run_MovingVarianceOutOfPatience_StopsEarlyAndDeliversThePictureFrozenThere()
    {
        using var job = new TinyJob();
        using var solver = job.Solver(TinyJob.Settings(("stop", "moving-variance"), ("patience", "40"), ("iterations", "3000"), ("learning-rate", "0.05")));
        var averages = new Dictionary<int, byte[]>();
        var result = solver.Run(new SolverEvents { Progress = p => averages[p.Point.Iteration] = solver.State["average"].bytes.ToArray() }, CancellationToken.None);
        using var picture = result.Picture;
        Assert.InRange(result.Counters.Iteration, 50, 2990);
        Assert.Equal(40, result.Counters.Iteration - result.ChosenIteration);
        Assert.Equal(averages[result.ChosenIteration], picture.bytes.ToArray());
        Assert.Contains($"least at {result.ChosenIteration}", result.StoppedBy, StringComparison.Ordinal);
    }

    /// <summary>At 100 iterations a window of 0.99 from the start would still hold a third of what the untrained network made.</summary>
    [Fact]
    public void Run_Short_AverageHasForgottenTheFirstOutput()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob(16, 16, 1);
        Tensor Result(params (string, string)[] options)
        {
            using var solver = job.Solver(TinyJob.Settings([("input-noise", "0"), .. options]));
            return solver.Run(new SolverEvents(), CancellationToken.None).Picture;
        }

        var (first, last) = (Result(("iterations", "1")), Result(("iterations", "100"), ("average-decay", "0")));
        var average = Result(("iterations", "100"), ("average-decay", "0.99"));
        Assert.True((average - last).norm().item<float>() < 0.25 * (first - last).norm().item<float>());
    }

    [Fact]
    public void Run_FixedCount_SaysSoAndWhere()
    {
        using var job = new TinyJob(16, 16, 1);
        using var solver = job.Solver(TinyJob.Settings(("iterations", "20")));
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        result.Picture.Dispose();
        Assert.Equal("fixed count at iteration 20", result.StoppedBy);
        Assert.Equal(20, result.ChosenIteration);
    }

    [Fact]
    public void Run_TotalVariation_MakesTheResultSmoother()
    {
        using var job = new TinyJob();
        double Variation(string weight)
        {
            using var solver = job.Solver(TinyJob.Settings(("iterations", "300"), ("tv-weight", weight)));
            using var picture = solver.Run(new SolverEvents(), CancellationToken.None).Picture;
            return TotalVariation.Anisotropic(picture).item<float>();
        }

        Assert.True(Variation("1") < 0.7 * Variation("0"));
    }

    [Fact]
    public void Run_TailMean_IsTheMeanOfTheLastOutputs()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob(16, 16, 1);
        using var tail = job.Solver(TinyJob.Settings(("tail-mean", "0.05"), ("iterations", "60"), ("input-noise", "0")));
        var mean = tail.Run(new SolverEvents(), CancellationToken.None).Picture;
        // The last three iterates, each from a run that ends there and keeps its last output.
        var iterates = Enumerable.Range(58, 3).Select(n =>
        {
            using var solver = job.Solver(TinyJob.Settings(("average-decay", "0"), ("iterations", $"{n}"), ("input-noise", "0")));
            return solver.Run(new SolverEvents(), CancellationToken.None).Picture;
        });
        Assert.True((mean - stack(iterates.ToArray()).mean([0])).abs().max().item<float>() < 1e-6);
    }

    [Theory]
    [InlineData(RateSchedule.Constant, 0, 1, 1)]
    [InlineData(RateSchedule.Cosine, 0, 1, 0.505)]
    [InlineData(RateSchedule.Step, 0, 1, 0.5)]
    [InlineData(RateSchedule.Constant, 0.1, 0.01, 1)]
    public void RateAt_StartAndMiddle_FollowsTheSchedule(RateSchedule schedule, double warmup, double start, double middle)
    {
        var settings = TinyJob.Settings(("iterations", "1000")) with { Schedule = schedule, Warmup = warmup, LearningRate = 1 };
        Assert.Equal(start, settings.RateAt(0, 1000), 6);
        Assert.Equal(middle, settings.RateAt(500, 1000), 6);
    }
}
