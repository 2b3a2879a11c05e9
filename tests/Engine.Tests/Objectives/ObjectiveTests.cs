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

    [Fact]
    public void BlindSpot_JudgesOnlyWhatItDidNotShow()
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob();
        var known = (rand([1, 1, 32, 32], generator: _generator) < 0.5).to(float32);
        using var problem = Masked(job, known);
        using var objective = Objective.Create(new ObjectiveSettings { Kind = ObjectiveKind.BlindSpot, Dropped = 0.3 }, problem, new Seen(job.Observed), null);
        var holes = objective.Show(1, _generator)!.narrow(1, 3, 1).clone();
        var guide = objective.Show(0, _generator)!.clone();
        Assert.Equal(0, (holes * (1 - known)).sum().item<float>());
        Assert.Equal(0.5, (holes.sum() / known.sum()).item<float>(), 0.1);
        Assert.Equal(4, objective.GuideChannels);
        var shown = guide.narrow(1, 3, 1);
        Assert.Equal(0, (shown * (1 - known)).sum().item<float>());
        Assert.Equal(0.7, (shown.sum() / known.sum()).item<float>(), 0.1);
        Assert.True((guide.narrow(1, 0, 3) - (job.Observed * shown)).abs().max().item<float>() < 1e-6);
        var judged = known - shown;
        var x = job.Observed + (0.5 * judged) + (100 * (1 - judged));
        Assert.Equal(0.25, objective.Evaluate(x).Energy.item<float>(), 1e-4);
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
        Energy = new LeastSquares(new Identity(), job.Observed, weights: known), Height = 32, Width = 32, Channels = 3, Known = known,
    };
}
