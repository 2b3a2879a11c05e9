using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Stopping;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Stopping;

public sealed class StoppingRuleTests
{
    /// <summary>V ← (1−α)(V + α‖x − m‖²), m ← (1−α)m + αx, against the recurrence in plain numbers.</summary>
    [Fact]
    public void ExponentialVariance_ScalarSequence_FollowsTheRecurrence()
    {
        const double alpha = 0.3;
        using var sut = new Sequence(new StoppingSettings { Kind = StoppingKind.MovingVariance, VarianceAlpha = alpha, Patience = 1000 });
        double[] values = [1, 3, 2, 5, 4, 4, 4, 4.1];
        var (mean, variance, least, at) = (values[0], 0.0, double.MaxValue, 0);
        for (var i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                variance = (1 - alpha) * (variance + (alpha * Math.Pow(values[i] - mean, 2)));
                mean += alpha * (values[i] - mean);
            }

            sut.Observe(values[i]);
            Assert.Null(sut.Check());
            if ((i + 1) * alpha >= 1 && variance < least)
            {
                (least, at) = (variance, i + 1);
            }
        }

        Assert.Equal(least, sut.State.Counters.LeastMeasure, 1e-5);
        Assert.Equal(at, sut.State.Counters.BestIteration);
    }

    [Fact]
    public void WindowedVariance_ScalarSequence_IsTheWindowsVariance()
    {
        using var sut = new Sequence(new StoppingSettings { Kind = StoppingKind.WindowedVariance, VarianceWindow = 3, Patience = 1000 });
        foreach (var value in new double[] { 9, 1, 5, 3, 3.5 })
        {
            sut.Observe(value);
            sut.Check();
        }

        // Windows 9 1 5, 1 5 3 and 5 3 3.5: the last varies least.
        double[] last = [5, 3, 3.5];
        Assert.Equal(last.Select(v => Math.Pow(v - last.Average(), 2)).Average(), sut.State.Counters.LeastMeasure, 1e-5);
        Assert.Equal(5, sut.State.Counters.BestIteration);
    }

    [Theory]
    [InlineData(StoppingKind.MovingVariance)]
    [InlineData(StoppingKind.WindowedVariance)]
    public void MovingVariance_OutputSettlesThenMoves_FreezesTheSettledPicture(StoppingKind kind)
    {
        using var sut = new Sequence(new StoppingSettings { Kind = kind, VarianceAlpha = 0.5, VarianceWindow = 4, Patience = 15 });
        string? stopped = null;
        for (var i = 0; stopped is null; i++)
        {
            Assert.True(i < 100, "never stopped");
            // Falls towards 1 until iteration 30, then swings.
            sut.Observe(i < 30 ? 1 + Math.Exp(-i / 3.0) : i % 2);
            stopped = sut.Check();
        }

        var (picture, iteration) = sut.Rule.Frozen(sut.State)!.Value;
        Assert.Equal(30, iteration);
        Assert.Equal(1, picture.item<float>(), 1e-3);
        Assert.Equal(45, sut.State.Counters.Iteration);
        Assert.Contains("least at 30", stopped, StringComparison.Ordinal);
    }

    /// <summary>While the rate warms up nothing moves, and the least variance of all would be that of the untrained network.</summary>
    [Fact]
    public void MovingVariance_DuringTheWarmUp_IsNotLookedAt()
    {
        using var sut = new Sequence(new StoppingSettings { Kind = StoppingKind.MovingVariance, VarianceAlpha = 0.5, NotBefore = 10 });
        for (var i = 0; i < 20; i++)
        {
            sut.Observe(i < 9 ? 1 : i % 3);
            sut.Check();
            Assert.Equal(i >= 9, sut.State.Counters.BestIteration > 0);
        }

        Assert.Equal(25, TinyJob.Settings(("learning-rate-warmup", "0.25"), ("iterations", "100")).Stopping.NotBefore);
        Assert.Equal(5, TinyJob.Settings(("learning-rate-warmup", "0.25"), ("iterations", "100"), ("ensemble", "5")).Stopping.NotBefore);
    }

    [Fact]
    public void Discrepancy_EnergyReachesTheNoise_StopsThere()
    {
        var rule = StoppingRule.Create(new StoppingSettings { Kind = StoppingKind.Discrepancy, DiscrepancyFactor = 1.1 }, 0.1);
        using var state = new SolverState();
        using var average = zeros(1);
        Assert.Null(rule.Check(state, 0.0122, average));
        Assert.Contains("discrepancy principle", rule.Check(state, 0.0120, average), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_Discrepancy_StopsWhereTheResidualEqualsTheNoise()
    {
        using var job = new TinyJob();
        using var solver = job.Solver(TinyJob.Settings(("stop", "discrepancy"), ("iterations", "2000")));
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        using var picture = result.Picture;
        Assert.InRange(Math.Sqrt(result.Counters.LastEnergy), 0.9 * TinyJob.Sigma, TinyJob.Sigma);
        Assert.InRange(result.Counters.Iteration, 50, 1990);
        Assert.All(result.Curve.SkipLast(1), p => Assert.True(p.Energy > TinyJob.Sigma * TinyJob.Sigma));
    }

    /// <summary>The residual falls on, as what was shown is copied more and more: the sum of both decides.</summary>
    [Fact]
    public void HeldOut_RiskFallsThenRises_FreezesTheLeast()
    {
        var heldOut = new Told();
        using var sut = new Sequence(new StoppingSettings { Kind = StoppingKind.HeldOut, Patience = 20 }, heldOut);
        string? stopped = null;
        for (var i = 1; stopped is null; i++)
        {
            Assert.True(i < 100, "never stopped");
            (heldOut.Kept, heldOut.Taken) = (1.0 / i, i / 400.0);
            sut.Observe(i, decay: 0);
            stopped = sut.Check();
            Assert.Equal(stopped is not null, sut.Rule.Frozen(sut.State) is not null);
        }

        // 1/i + i/400 is least at 20.
        var (picture, iteration) = sut.Rule.Frozen(sut.State)!.Value;
        Assert.Equal((20, 20), (iteration, picture.item<float>()));
        Assert.Equal(40, sut.State.Counters.Iteration);
        Assert.Equal(0.1, sut.State.Counters.LeastMeasure, 1e-6);
        Assert.Contains("held-out risk at iteration 40: least at 20", stopped, StringComparison.Ordinal);
    }

    /// <summary>The penalty is averaged as the output is.</summary>
    [Fact]
    public void HeldOut_Penalty_IsAveragedLikeTheOutput()
    {
        var heldOut = new Told();
        using var sut = new Sequence(new StoppingSettings { Kind = StoppingKind.HeldOut, Patience = 1000 }, heldOut);
        (heldOut.Kept, heldOut.Taken) = (1, 8);
        sut.Observe(0, decay: 0);
        heldOut.Taken = 4;
        sut.Observe(0, decay: 0.75);
        sut.Check();
        Assert.Equal(1 + (0.75 * 8) + (0.25 * 4), sut.State.Counters.LeastMeasure, 1e-6);
    }

    /// <summary>Where nothing is held out that weighs anything, nothing is known, and the run goes on.</summary>
    [Fact]
    public void HeldOut_NothingThatWeighs_NeverStops()
    {
        using var sut = new Sequence(new StoppingSettings { Kind = StoppingKind.HeldOut, Patience = 1 }, new Told());
        for (var i = 0; i < 10; i++)
        {
            sut.Observe(i);
            Assert.Null(sut.Check());
        }

        Assert.Null(sut.Rule.Frozen(sut.State));
    }

    /// <summary>A picture so small that it is stored, noise and all: the run ends before, near its best picture.</summary>
    [Fact]
    public void Run_HeldOutOnASmallPicture_KeepsItFromBeingStored()
    {
        using var job = new TinyJob(64, 64);
        (string, string)[] options =
        [
            ("channels-down", "16,16"), ("channels-up", "16,16"), ("channels-skip", "8,8"), ("filter-skip", "3"), ("iterations", "800"),
            ("objective", "recorrupted"), ("input", "none"), ("patience", "100"),
        ];
        var (toTheEnd, _) = Error(("stop", "fixed"));
        var (stopped, curve) = Error(("stop", "held-out"));
        Assert.True(curve[^1].Iteration < 800);
        Assert.True(stopped < 0.7 * toTheEnd, $"{stopped} against {toTheEnd}");
        // So smooth a scene is restored to a sixtieth of the noise, where 500 pixels tell errors apart that differ by two fifths.
        Assert.True(stopped < 1.4 * Math.Pow(10, -curve.Max(p => p.Psnr!.Value) / 10), $"{stopped}, at best {curve.Max(p => p.Psnr)} dB");

        (double, IReadOnlyList<CurvePoint>) Error((string, string) stop)
        {
            using var solver = job.Solver(TinyJob.Settings([.. options, stop]));
            var result = solver.Run(new SolverEvents { Psnr = x => -10 * Math.Log10(Distance(x)) }, CancellationToken.None);
            using var picture = result.Picture;
            return (Distance(picture), result.Curve);
        }

        double Distance(Tensor x)
        {
            using var scope = NewDisposeScope();
            return (x - job.Truth).square().mean().item<float>();
        }
    }

    /// <summary>Says what it is told to.</summary>
    private sealed class Told : IHeldOut
    {
        public double Kept { get; set; }

        public double Taken { get; set; }

        public Tensor Residual(Tensor average) => tensor((float)Kept);

        public Tensor CovariancePenalty(Tensor x, Tensor average) => tensor((float)Taken);
    }

    /// <summary>A rule fed with pictures of one pixel.</summary>
    private sealed class Sequence : IDisposable
    {
        public Sequence(StoppingSettings settings, IHeldOut? heldOut = null)
        {
            Rule = StoppingRule.Create(settings, null, heldOut);
            Rule.Prepare(State, [1, 1, 1, 1], CPU);
        }

        public StoppingRule Rule { get; }

        public SolverState State { get; } = new();

        private double Last { get; set; }

        public void Observe(double value, double decay = 0.9)
        {
            Last = value;
            using var x = full([1, 1, 1, 1], value);
            Rule.Observe(State, x, x, decay);
            State.Counters = State.Counters with { Iteration = State.Counters.Iteration + 1 };
        }

        public string? Check()
        {
            using var average = full([1, 1, 1, 1], Last);
            return Rule.Check(State, 1, average);
        }

        public void Dispose() => State.Dispose();
    }
}
