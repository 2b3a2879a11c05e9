using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Optimisation;

public sealed class EnsembleTests
{
    /// <summary>45 iterations of three networks: 15 each, which lies between two looks at the energy.</summary>
    private static readonly (string, string)[] s_three = [("ensemble", "3"), ("iterations", "45"), ("learning-rate-schedule", "cosine"), ("learning-rate-warmup", "0.2")];

    /// <summary>After each member's last iteration the result so far is the mean of pictures, the first of which is that of a run alone.</summary>
    [Theory]
    [InlineData("0", "adam")]
    [InlineData("0.4", "adam")]
    [InlineData("0", "muon")]
    public void Run_ThreeNetworks_GivesTheMeanOfTheirPictures(string tail, string optimiser)
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob();
        (string, string) by = ("optimiser", optimiser);
        var alone = Picture(job, [("iterations", "60"), ("learning-rate-schedule", "cosine"), ("learning-rate-warmup", "0.2"), ("tail-mean", tail), by]);
        // Of an ensemble's first members, whatever comes after.
        var two = Picture(job, [.. s_three, ("ensemble", "2"), ("iterations", "120"), ("tail-mean", tail), by]);
        var three = Picture(job, [.. s_three, ("iterations", "180"), ("tail-mean", tail), by]);
        var second = (2 * two) - alone;
        var third = (3 * three) - alone - second;
        Tensor[] members = [alone, second, third];
        foreach (var (a, b) in ((int, int)[])[(0, 1), (0, 2), (1, 2)])
        {
            Assert.True((members[a] - members[b]).abs().max().item<float>() > 0.05, $"{a} and {b} are the same");
        }

        // Each is one network's answer: nothing of an untrained one, nor of two.
        var errors = members.Select(m => Error(job, m)).ToArray();
        Assert.All(errors, e => Assert.InRange(e, errors[0] / 4, errors[0] * 4));
        Assert.True(Error(job, three) < errors.Average());
    }

    [Fact]
    public void Run_ThreeNetworks_LooksAtEachAtItsEndAndStartsEachRateAnew()
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings(s_three);
        using var solver = job.Solver(settings);
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        result.Picture.Dispose();
        Assert.Equal([10, 15, 20, 30, 40, 45], result.Curve.Select(p => p.Iteration));
        // The second begins as far from the picture as the first.
        Assert.InRange(result.Curve[2].Energy / result.Curve[1].Energy, 1.2, 100);
        Assert.All([0, 15, 30], first => Assert.Equal(settings.RateAt(0), settings.RateAt(first), 1e-12));
        Assert.True(settings.RateAt(14) < 0.001);
    }

    [Theory]
    [InlineData(14, "adam")]
    [InlineData(15, "adam")]
    [InlineData(16, "adam")]
    [InlineData(31, "adam")]
    [InlineData(14, "muon")]
    [InlineData(16, "muon")]
    public void Resume_InAnyMember_GivesTheBytesOfAnUndisturbedRun(int at, string optimiser)
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings([.. s_three, ("optimiser", optimiser)]);
        var file = Path.GetTempFileName();
        try
        {
            var identity = new CheckpointIdentity("job", "0.1.0", "1.0.0", "cpu", "float32", 1);
            using (var first = job.Solver(settings))
            {
                first.Iterate(at);
                Checkpoint.Save(file, identity, first);
            }

            using var second = job.Solver(settings);
            Assert.Null(Checkpoint.TryLoad(file, identity, second));
            using var picture = second.Run(new SolverEvents(), CancellationToken.None).Picture;
            Assert.Equal(job.Run(settings), picture.bytes.ToArray());
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>A fit that breaks down goes back within its own network, and leaves the pictures of those before as they are.</summary>
    [Fact]
    public void Run_TheSecondBreaksDown_GoesBackToItsOwnStart()
    {
        using var job = new TinyJob();
        var count = 0;
        using var broken = new CountedEnergy(job, () => ++count == 47 ? double.NaN : 0);
        using var solver = job.Solver(TinyJob.Settings(("ensemble", "2"), ("iterations", "80")), problem: broken.Problem);
        var notices = new List<string>();
        var result = solver.Run(new SolverEvents { Notice = notices.Add }, CancellationToken.None);
        using var picture = result.Picture;
        Assert.Contains("went back to iteration 40", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Equal((80, 1, 0.5), (result.Counters.Iteration, result.Counters.Divergences, result.Counters.RateFactor));
        using var scope = NewDisposeScope();
        var alone = Picture(job, [("iterations", "40")]);
        var second = (2 * picture) - alone;
        Assert.InRange(Error(job, second), 0, 2 * Error(job, alone));
    }

    private static Tensor Picture(TinyJob job, (string, string)[] options)
    {
        using var solver = job.Solver(TinyJob.Settings(options));
        return solver.Run(new SolverEvents(), CancellationToken.None).Picture;
    }

    private static double Error(TinyJob job, Tensor picture)
    {
        using var scope = NewDisposeScope();
        return (picture - job.Truth).square().mean().item<float>();
    }
}
