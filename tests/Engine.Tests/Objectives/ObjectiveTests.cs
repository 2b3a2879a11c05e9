using DipPipeline.Contracts;
using DipPipeline.Energy;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Objectives;

public sealed class ObjectiveTests : IDisposable
{
    private readonly Generator _generator = new(1, CPU);

    /// <summary>What it minimises is, up to a constant, the squared distance to x0 − σn/α, n being the noise that was shown.</summary>
    [Fact]
    public void Recorrupted_Minimised_IsTheDistanceToTheOtherRecorruption()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob();
        var (sigma, alpha) = (TinyJob.Sigma, 0.5);
        using var objective = Create(job, new ObjectiveSettings { Kind = ObjectiveKind.Recorrupted, Recorruption = alpha }, sigma);
        var noise = (objective.Show(0, _generator)! - job.Observed) / (alpha * sigma);
        Assert.Equal(1, noise.std().item<float>(), 0.05);
        var target = job.Observed - (noise * sigma / alpha);
        var (a, b) = (rand_like(job.Observed), rand_like(job.Observed));
        var difference = objective.Evaluate(a).Minimised - objective.Evaluate(b).Minimised;
        Assert.Equal(((a - target).square().mean() - (b - target).square().mean()).item<float>(), difference.item<float>(), 1e-4);
        Assert.Equal((a - job.Observed).square().mean().item<float>(), objective.Evaluate(a).Energy.item<float>(), 1e-5);
    }

    /// <summary>Its expectation over the noise is Stein's unbiased risk estimate: of a linear filter the true error, which E alone does not show.</summary>
    [Fact]
    public void Recorrupted_OfALinearFilter_EstimatesTheErrorToTheTruth()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob(128, 128);
        using var objective = Create(job, new ObjectiveSettings { Kind = ObjectiveKind.Recorrupted, Recorruption = 0.1 }, TinyJob.Sigma);
        var (estimated, actual) = (0.0, 0.0);
        const int draws = 200;
        for (var i = 0; i < draws; i++)
        {
            using var inner = NewDisposeScope();
            var x = nn.functional.avg_pool2d(objective.Show(0, _generator)!, 3, stride: 1, padding: 1, count_include_pad: false);
            estimated += (objective.Evaluate(x).Minimised.item<float>() - (TinyJob.Sigma * TinyJob.Sigma)) / draws;
            actual += (x - job.Truth).square().mean().item<float>() / draws;
        }

        Assert.Equal(1, estimated / actual, 0.15);
    }

    /// <summary>What is held out does not shape the fit, and its risk is, without bias, the error there of an averaged output.</summary>
    [Fact]
    public void Recorrupted_HeldOut_IsNotJudgedAndEstimatesTheAveragesError()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob(128, 128);
        var heldOut = (rand([1, 1, 128, 128], generator: _generator) < 0.3).to(float32).DetachFromDisposeScope();
        var mask = heldOut.clone();
        using var objective = (Recorrupted)Objective.Create(
            new ObjectiveSettings { Kind = ObjectiveKind.Recorrupted, Recorruption = 0.5 }, job.Problem, new Seen(job.Observed), TinyJob.Sigma, heldOut);
        objective.Show(0, _generator);
        var (a, b) = (rand_like(job.Observed), rand_like(job.Observed));
        var mixed = (a * (1 - mask)) + (b * mask);
        Assert.Equal(objective.Evaluate(a).Minimised.item<float>(), objective.Evaluate(mixed).Minimised.item<float>(), 1e-5);
        Assert.Equal(objective.Evaluate(a).Energy.item<float>(), objective.Evaluate(mixed).Energy.item<float>(), 1e-5);

        // Averages of filtered recorruptions: the noise that they share with x0 makes the residual alone too small.
        var (average, penalty) = (zeros_like(job.Observed), 0.0);
        const int draws = 200;
        for (var i = 0; i < draws; i++)
        {
            using var inner = NewDisposeScope();
            var x = nn.functional.avg_pool2d(objective.Show(i, _generator), 3, stride: 1, padding: 1, count_include_pad: false);
            penalty += objective.CovariancePenalty(x, i == 0 ? x : average / i).item<float>() / draws;
            average.add_(x);
        }

        average.div_(draws);
        var actual = ((average - job.Truth).square() * mask).sum().item<float>() / (3 * mask.sum().item<float>());
        var residual = objective.Residual(average).item<float>() - (TinyJob.Sigma * TinyJob.Sigma);
        Assert.Equal(1, (residual + penalty) / actual, 0.2);
        Assert.True(residual < 0.2 * actual, $"{residual} against {actual}");
    }

    [Theory]
    [InlineData(64, 64, 500)]
    [InlineData(100, 300, 1500)]
    [InlineData(16, 16, 64)]
    [InlineData(8, 8, 16)]
    public void HeldOutPixels_AreSoManyAndDrawnByTheSeed(int height, int width, int count)
    {
        using var scope = NewDisposeScope();
        var mask = HeldOutPixels.Draw(height, width, 0.05, seed: 3, CPU);
        Assert.Equal([1, 1, height, width], mask.shape);
        Assert.Equal(count, (mask == 1).sum().item<long>());
        Assert.Equal((height * width) - count, (mask == 0).sum().item<long>());
        Assert.Equal(mask.bytes.ToArray(), HeldOutPixels.Draw(height, width, 0.05, seed: 3, CPU).bytes.ToArray());
        Assert.NotEqual(mask.bytes.ToArray(), HeldOutPixels.Draw(height, width, 0.05, seed: 4, CPU).bytes.ToArray());
    }

    [Fact]
    public void BlindSpot_JudgesOnlyWhatItDidNotShow()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob(64, 64);
        var known = (rand([1, 1, 64, 64], generator: _generator) < 0.5).to(float32);
        using var problem = Masked(job, known);
        using var objective = Objective.Create(new ObjectiveSettings { Kind = ObjectiveKind.BlindSpot, Dropped = 0.3 }, problem, new Seen(job.Observed), null);
        Assert.Equal(4, objective.GuideChannels);
        var shares = new List<double>();
        for (var iteration = 0; iteration < 20; iteration++)
        {
            var guide = objective.Show(iteration, _generator)!.clone();
            var shown = guide.narrow(1, 3, 1);
            Assert.Equal(0, (shown * (1 - known)).sum().item<float>());
            Assert.True(((guide.narrow(1, 0, 3) - job.Observed) * shown).abs().max().item<float>() < 1e-6);
            var judged = known - shown;
            shares.Add((judged.sum() / known.sum()).item<float>());
            var x = job.Observed + (0.5 * judged) + (100 * (1 - judged));
            Assert.Equal(0.25, objective.Evaluate(x).Energy.item<float>(), 1e-4);
        }

        // From a sixth of the largest share to all of it, and nothing of the shape of the picture's own holes, which are single pixels.
        Assert.All(shares, share => Assert.InRange(share, 0.03, 0.33));
        Assert.InRange(shares.Max() - shares.Min(), 0.1, 0.3);
    }

    /// <summary>What is dropped or missing shows nothing of itself.</summary>
    [Fact]
    public void BlindSpot_DroppedPixels_AreNotInTheGuide()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob(32, 32);
        var known = (rand([1, 1, 32, 32], generator: _generator) < 0.5).to(float32);
        var (first, second) = (Guide(job.Observed), Guide((job.Observed * known) + (7 * (1 - known))));
        Assert.Equal(first.bytes.ToArray(), second.bytes.ToArray());
        var shown = first.narrow(1, 3, 1);
        Assert.Equal(first.bytes.ToArray(), Guide((job.Observed * shown) + (7 * (1 - shown))).bytes.ToArray());

        Tensor Guide(Tensor observed)
        {
            using var problem = Masked(job, known);
            using var objective = Objective.Create(new ObjectiveSettings { Kind = ObjectiveKind.BlindSpot }, problem, new Seen(observed), null);
            return objective.Show(4, new Generator(3, CPU))!.clone();
        }
    }

    /// <summary>Every second iteration drops what a shifted copy of a wide hole covers, round the borders.</summary>
    [Fact]
    public void BlindSpot_WideHoles_AreDroppedElsewhere()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob(32, 32);
        var known = ones(1, 1, 32, 32);
        known[.., .., 4..12, 6..16] = 0;
        using var problem = Masked(job, known);
        using var objective = Objective.Create(new ObjectiveSettings { Kind = ObjectiveKind.BlindSpot, Dropped = 0.01 }, problem, new Seen(job.Observed), null);
        var shapes = new HashSet<string>();
        for (var iteration = 1; iteration < 12; iteration += 2)
        {
            var judged = known - objective.Show(iteration, _generator)!.narrow(1, 3, 1);
            var hole = judged + (1 - known);
            Assert.InRange(judged.sum().item<float>(), 1, 80);
            // The rows and columns of one hole of 8 by 10 and of its copy.
            Assert.InRange((hole.amax([2]) > 0).sum().item<long>(), 10, 20);
            Assert.InRange((hole.amax([3]) > 0).sum().item<long>(), 8, 16);
            shapes.Add(Convert.ToHexString(judged.bytes));
        }

        Assert.True(shapes.Count > 3);
    }

    [Fact]
    public void Run_Recorrupted_ComesCloserToTheTruthThanTheEnergyAlone()
    {
        using var job = new TinyJob(64, 64);
        string[][] network = [["channels-down", "16,16"], ["channels-up", "16,16"], ["channels-skip", "8,8"], ["filter-skip", "3"], ["iterations", "300"]];
        var plain = Error(job, [.. network.Select(o => (o[0], o[1]))]);
        var recorrupted = Error(job, [.. network.Select(o => (o[0], o[1])), ("objective", "recorrupted"), ("input", "none")]);
        Assert.True(recorrupted < 0.6 * plain, $"{recorrupted} against {plain}");
    }

    [Fact]
    public void Run_GuideAndSymmetries_GivesTheSameBytesTwice()
    {
        using var job = new TinyJob(32, 48);
        var settings = TinyJob.Settings(("objective", "recorrupted"), ("input", "none"), ("symmetries", "true"));
        Assert.Equal(job.Run(settings), job.Run(settings));
    }

    [Fact]
    public void Create_ObservationOfAnotherSize_IsRefused()
    {
        using var job = new TinyJob();
        using var small = job.Observed.narrow(2, 0, 16);
        var refused = Assert.Throws<RefusedException>(() =>
            Objective.Create(new ObjectiveSettings { Kind = ObjectiveKind.Recorrupted }, job.Problem, new Seen(small), 0.1));
        Assert.Contains("objective=recorrupted", refused.Message, StringComparison.Ordinal);
        Assert.Throws<RefusedException>(() => Objective.Create(new ObjectiveSettings { Kind = ObjectiveKind.Recorrupted }, job.Problem, new Seen(job.Observed), null));
        Assert.Throws<RefusedException>(() => Objective.Create(new ObjectiveSettings { Guide = GuideKind.Estimate }, job.Problem, new Seen(job.Observed), null));
    }

    public void Dispose() => _generator.Dispose();

    private static double Error(TinyJob job, (string Name, string Value)[] options)
    {
        using var solver = job.Solver(TinyJob.Settings(options));
        using var picture = solver.Run(new SolverEvents(), CancellationToken.None).Picture;
        using var scope = NewDisposeScope();
        return (picture - job.Truth).square().mean().item<float>();
    }

    private static Objective Create(TinyJob job, ObjectiveSettings settings, double sigma) =>
        Objective.Create(settings, job.Problem, new Seen(job.Observed), sigma);

    private static Problem Masked(TinyJob job, Tensor known) => new()
    {
        Energy = new LeastSquares(new Identity(), job.Observed, weights: known), Height = (int)known.shape[2], Width = (int)known.shape[3], Channels = 3, Known = known,
    };
}
