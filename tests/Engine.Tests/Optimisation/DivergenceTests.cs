using DipPipeline.Engine.Optimisation;
using TorchSharp;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class DivergenceTests
{
    [Theory]
    [InlineData(double.NaN)]
    [InlineData(2.0)]
    public void Run_FitBreaksDownOnce_GoesBackLowersTheRateAndFinishes(double offset)
    {
        using var job = new TinyJob();
        var count = 0;
        // One bad evaluation, after the snapshot of iteration 100.
        using var broken = new CountedEnergy(job, () => ++count == 115 ? offset : 0);
        using var solver = job.Solver(TinyJob.Settings(("iterations", "200"), ("stop", "moving-variance")), problem: broken.Problem);
        var notices = new List<string>();
        var result = solver.Run(new SolverEvents { Notice = notices.Add }, CancellationToken.None);
        using var picture = result.Picture;
        Assert.Equal(1, result.Counters.Divergences);
        Assert.Equal(0.5, result.Counters.RateFactor);
        Assert.Equal(200, result.Counters.Iteration);
        // 200 iterations, and the 20 from the snapshot to the check that were done again.
        Assert.Equal(220, count);
        Assert.Contains("went back to iteration 100", Assert.Single(notices), StringComparison.Ordinal);
        Assert.True(picture.isfinite().all().item<bool>());
        Assert.Equal(result.Curve.Select(p => p.Iteration).Distinct(), result.Curve.Select(p => p.Iteration));
    }

    [Theory]
    [InlineData("windowed-variance", "energy", "adam")]
    [InlineData("held-out", "recorrupted", "muon")]
    public void GoBack_AllState_IsThatOfTheSnapshotsIteration(string stop, string objective, string optimiser)
    {
        using var job = new TinyJob();
        Solver? running = null;
        using var broken = new CountedEnergy(job, () => running?.State.Counters is { Iteration: 109, Divergences: 0 } ? double.NaN : 0);
        using var solver = job.Solver(
            TinyJob.Settings(("optimiser", optimiser), ("iterations", "200"), ("stop", stop), ("objective", objective), ("variance-window", "20"), ("tail-mean", "0.9")), problem: broken.Problem);
        running = solver;
        var (recorded, curve) = (new Dictionary<string, byte[]>(), 0);
        SolverCounters? counters = null;
        var compared = 0;
        solver.Run(
            new SolverEvents
            {
                Progress = p =>
                {
                    if (p.Point.Iteration == 100 && counters is null)
                    {
                        (counters, curve) = (solver.State.Counters, solver.State.Curve.Count);
                        foreach (var (name, tensor) in solver.State.Tensors)
                        {
                            recorded[name] = tensor.bytes.ToArray();
                        }
                    }
                },
                Notice = _ =>
                {
                    foreach (var (name, tensor) in solver.State.Tensors)
                    {
                        Assert.Equal(recorded[name], tensor.bytes.ToArray());
                        compared++;
                    }

                    Assert.Equal(counters! with { RateFactor = 0.5, Divergences = 1 }, solver.State.Counters);
                    Assert.Equal(curve, solver.State.Curve.Count);
                },
            },
            CancellationToken.None).Picture.Dispose();
        Assert.True(compared >= 8);
    }

    /// <summary>The energy of an iteration is read before its step is made: what the step broke must not be kept as good.</summary>
    [Fact]
    public void Run_LastStepBeforeASnapshotBreaksTheWeights_GoesBackBeyondIt()
    {
        using var job = new TinyJob();
        var count = 0;
        using var broken = new CountedEnergy(job, () => ++count == 100 ? BrokenGradient : 0);
        using var solver = job.Solver(TinyJob.Settings(("iterations", "200")), problem: broken.Problem);
        var notices = new List<string>();
        var result = solver.Run(new SolverEvents { Notice = notices.Add }, CancellationToken.None);
        using var picture = result.Picture;
        Assert.Contains("went back to iteration 50", Assert.Single(notices), StringComparison.Ordinal);
        Assert.True(picture.isfinite().all().item<bool>());
    }

    private const double BrokenGradient = CountedEnergy.BrokenGradient;

    [Fact]
    public void Run_FitBreaksDownForGood_FailsAfterThree()
    {
        using var job = new TinyJob();
        var count = 0;
        using var broken = new CountedEnergy(job, () => ++count > 60 ? double.NaN : 0);
        using var solver = job.Solver(TinyJob.Settings(("iterations", "200")), problem: broken.Problem);
        var notices = 0;
        var failure = Assert.Throws<DivergedException>(() => solver.Run(new SolverEvents { Notice = _ => notices++ }, CancellationToken.None));
        Assert.Equal(2, notices);
        Assert.Contains("three times in a row", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0.0025, failure.LearningRate, 6);
    }
}
