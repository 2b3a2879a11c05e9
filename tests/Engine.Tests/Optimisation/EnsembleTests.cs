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
        Assert.Equal([10, 15, 25, 30, 40, 45], result.Curve.Select(p => p.Iteration));
        // The second begins as far from the picture as the first.
        Assert.InRange(result.Curve[2].Energy / result.Curve[1].Energy, 1.2, 100);
        Assert.Equal([15, 15, 15], Enumerable.Range(0, 3).Select(settings.IterationsOf));
        Assert.True(settings.RateAt(14, 15) < 0.001);
    }

    /// <summary>A rate that rises over all of a network's iterations hardly moves the second at first, either.</summary>
    [Fact]
    public void Run_TwoNetworks_BeginEachAtTheRatesStart()
    {
        using var job = new TinyJob();
        using var solver = job.Solver(TinyJob.Settings(("ensemble", "2"), ("iterations", "1000"), ("learning-rate", "0.05"), ("learning-rate-warmup", "1"), ("input-noise", "0")));
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        result.Picture.Dispose();
        var (first, second) = (result.Curve.First(p => p.Iteration == 10).Energy, result.Curve.First(p => p.Iteration == 510).Energy);
        Assert.True(result.Curve[^1].Energy < first / 4);
        Assert.InRange(second / first, 0.6, 1.7);
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

    /// <summary>Each network ends by the rule, which begins anew: what the first leaves is that of a run alone, and there is one more picture as good.</summary>
    [Theory]
    [InlineData("discrepancy")]
    [InlineData("moving-variance")]
    [InlineData("windowed-variance")]
    [InlineData("held-out")]
    public void Run_WithARule_EndsEachNetworkByItself(string stop)
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob();
        var rule = Rule(stop);
        using var one = job.Solver(TinyJob.Settings([.. rule, ("iterations", "1500")]));
        using var both = job.Solver(TinyJob.Settings([.. rule, ("iterations", "3000"), ("ensemble", "2")]));

        var alone = one.Run(new SolverEvents(), CancellationToken.None);
        var two = both.Run(new SolverEvents(), CancellationToken.None);

        Assert.InRange(alone.Counters.Iteration, 1, 1490);
        Assert.Equal((alone.Counters.Iteration, 2), (two.Counters.MemberFirst, two.Counters.EndedEarly));
        Assert.InRange(two.Counters.Own, 20, 1490);
        Assert.Equal(alone.Curve.Select(p => p.Energy), two.Curve.Take(alone.Curve.Count).Select(p => p.Energy));
        Assert.Contains("(the last of 2 networks, by its own iterations; 2 of them ended before their last iteration)", two.StoppedBy, StringComparison.Ordinal);
        Assert.True(both.State["ensemble.sum"].allclose(alone.Picture, rtol: 0, atol: 0));
        var second = (2 * two.Picture) - alone.Picture;
        Assert.True((second - alone.Picture).abs().max().item<float>() > 0.02);
        Assert.InRange(Error(job, second), Error(job, alone.Picture) / 2, Error(job, alone.Picture) * 2);
        if (stop != "discrepancy")
        {
            Assert.InRange(two.Counters.BestIteration, two.Counters.MemberFirst + 1, two.Counters.Iteration);
        }
    }

    /// <summary>Twenty iterations each, in which nothing gets worse for long.</summary>
    [Fact]
    public void Run_NoneEndsEarly_SaysSo()
    {
        using var job = new TinyJob();
        using var solver = job.Solver(TinyJob.Settings([.. Rule("held-out"), ("iterations", "60"), ("ensemble", "3")]));
        var result = solver.Run(new SolverEvents(), CancellationToken.None);
        result.Picture.Dispose();
        Assert.Equal((60, 40, 0), (result.Counters.Iteration, result.Counters.MemberFirst, result.Counters.EndedEarly));
        Assert.StartsWith("last iteration, 20: held-out risk least at ", result.StoppedBy, StringComparison.Ordinal);
        Assert.EndsWith(" (the last of 3 networks, by its own iterations; 0 of them ended before their last iteration)", result.StoppedBy, StringComparison.Ordinal);
    }

    /// <summary>Ten iterations before the first ends, where it ends, and ten later: the second is what it would have been.</summary>
    [Theory]
    [InlineData(-10)]
    [InlineData(0)]
    [InlineData(10)]
    public void Resume_AroundAnEarlyEnd_GivesTheBytesOfAnUndisturbedRun(int after)
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings([.. Rule("held-out"), ("iterations", "3000"), ("ensemble", "2")]);
        using var whole = job.Solver(settings);
        var undisturbed = whole.Run(new SolverEvents(), CancellationToken.None);
        using var expected = undisturbed.Picture;
        var end = undisturbed.Counters.MemberFirst;
        Assert.InRange(end, 20, 1490);
        var file = Path.GetTempFileName();
        try
        {
            var identity = new CheckpointIdentity("job", "0.1.0", "1.0.0", "cpu", "float32", 1);
            using var cancellation = new CancellationTokenSource();
            using (var first = job.Solver(settings))
            {
                var events = new SolverEvents
                {
                    Progress = p => { if (p.Point.Iteration == end + after) { cancellation.Cancel(); } },
                    Checkpoint = solver => Checkpoint.Save(file, identity, solver),
                };
                Assert.Throws<OperationCanceledException>(() => first.Run(events, cancellation.Token));
            }

            using var second = job.Solver(settings);
            Assert.Null(Checkpoint.TryLoad(file, identity, second));
            Assert.Equal(after >= 0 ? 1 : 0, second.State.Counters.Member);
            var resumed = second.Run(new SolverEvents(), CancellationToken.None);
            using var picture = resumed.Picture;
            Assert.Equal(expected.bytes.ToArray(), picture.bytes.ToArray());
            Assert.Equal(undisturbed.StoppedBy, resumed.StoppedBy);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>What a network comes to does not depend on those before it: whoever fits it, and however early they ended.</summary>
    [Theory]
    [InlineData("fixed", "energy")]
    [InlineData("fixed", "recorrupted")]
    [InlineData("moving-variance", "energy")]
    [InlineData("held-out", "recorrupted")]
    public void Run_OfAShare_GivesThePicturesOfTheWholesNetworks(string stop, string objective)
    {
        using var scope = NewDisposeScope();
        using var job = new TinyJob();
        var rule = stop == "fixed" ? [] : Rule(stop);
        (string, string)[] common = [.. rule, ("ensemble", "3"), ("iterations", stop == "fixed" ? "134" : "4505"), ("input-noise", "0.05"), ("parameter-noise", "0.01")];
        var settings = TinyJob.Settings(stop == "held-out" ? common : [.. common, ("objective", objective)]);
        using var all = job.Solver(settings);
        using var first = job.Solver(settings, share: new MemberShare(0, 1));
        using var others = job.Solver(settings, share: new MemberShare(1, 2));

        var whole = all.Run(new SolverEvents(), CancellationToken.None);
        var one = first.Run(new SolverEvents(), CancellationToken.None);
        var two = others.Run(new SolverEvents(), CancellationToken.None);

        Assert.True(((one.Picture + (2 * two.Picture)) / 3).allclose(whole.Picture, rtol: 0, atol: 1e-6));
        Assert.True((one.Picture - two.Picture).abs().max().item<float>() > 0.02);
        Assert.Equal(whole.Curve.Select(p => p.Energy), one.Curve.Concat(two.Curve).Select(p => p.Energy));
        Assert.Equal(whole.Counters.EndedEarly, one.Counters.EndedEarly + two.Counters.EndedEarly);
        // Counted as those of the whole ensemble, as if none ended early.
        var (before, done) = (settings.IterationsBefore(1), two.Counters.Iteration - settings.IterationsBefore(1));
        Assert.Equal((stop == "fixed" ? 44 : 1501, 2), (before, two.Counters.Member));
        Assert.Equal(whole.Counters.Iteration, one.Counters.Iteration + done);
        Assert.InRange(two.Curve[0].Iteration, before + 1, before + 10);
        Assert.Equal(whole.StoppedBy, settings.Ended(two.StoppedBy, whole.Counters.EndedEarly));
        Assert.Equal(stop == "fixed", whole.StoppedBy == "fixed count at iteration 134");
        Assert.Equal(whole.Counters.Own, two.Counters.Own);
    }

    /// <summary>Perturbations of a network are its own, as its weights are: what the generator draws, and what is read of the bank.</summary>
    [Fact]
    public void Run_EachNetwork_HasPerturbationsOfItsOwn()
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings(("objective", "recorrupted"), ("ensemble", "3"), ("iterations", "90"));
        using var all = job.Solver(settings);
        var draws = new List<byte[]> { State(all) };
        var perturbations = new List<int> { all.Perturbation };
        for (var member = 1; member < 3; member++)
        {
            all.Iterate(member == 1 ? 31 : 30);
            using var own = job.Solver(settings, share: new MemberShare(member, 1));
            draws.Add(State(own));
            perturbations.Add(own.Perturbation);
            // One iteration into this network the whole run has drawn as much as that of this network alone.
            own.Iterate(1);
            Assert.Equal(State(own), State(all));
            Assert.Equal(own.Perturbation, all.Perturbation);
        }

        Assert.Equal([0, 30, 60], perturbations);
        Assert.All([(0, 1), (0, 2), (1, 2)], pair => Assert.NotEqual(draws[pair.Item1], draws[pair.Item2]));

        static byte[] State(Solver solver)
        {
            using var state = solver.GeneratorState;
            return state.bytes.ToArray();
        }
    }

    /// <summary>What is left counts nothing of a network that a rule has ended.</summary>
    [Fact]
    public void Run_WithARule_LeavesNoneOfWhatItEnded()
    {
        using var job = new TinyJob();
        using var solver = job.Solver(TinyJob.Settings([.. Rule("held-out"), ("iterations", "3000"), ("ensemble", "2")]));
        var all = new List<SolverProgress>();
        var result = solver.Run(new SolverEvents { Progress = all.Add }, CancellationToken.None);
        result.Picture.Dispose();
        var first = result.Counters.MemberFirst;
        Assert.All(all, p => Assert.Equal(
            p.Point.Iteration < first ? 3000 - p.Point.Iteration : p.Point.Iteration == first ? 1500 : p.Point.Iteration == result.Counters.Iteration ? 0 : 1500 - (p.Point.Iteration - first),
            p.Left));
        Assert.Equal((2, 0), (result.Counters.EndedEarly, all[^1].Left));
    }

    [Fact]
    public void Of_RunsAtTheSameTime_ShareAllNetworksEvenly()
    {
        var settings = TinyJob.Settings(("ensemble", "7"), ("iterations", "75"));
        Assert.Equal([new(0, 2), new(2, 2), new(4, 3)], MemberShare.Of(settings, 3));
        Assert.Equal([20, 20, 35], MemberShare.Of(settings, 3).Select(s => s.Iterations(settings)));
        Assert.Equal([MemberShare.Whole(settings)], MemberShare.Of(settings, 1));
        Assert.Equal(Enumerable.Range(0, 7), MemberShare.Of(settings, 7).Select(s => s.First));
    }

    /// <summary>While others go on, a run that has ended is written down as such, even one that a rule ended: it does not go on when it is resumed.</summary>
    [Theory]
    [InlineData("held-out")]
    [InlineData("discrepancy")]
    public void Resume_OfARunThatEnded_GivesItsResult(string stop)
    {
        using var job = new TinyJob();
        var settings = TinyJob.Settings([.. Rule(stop), ("iterations", "3000"), ("ensemble", "2")]);
        var file = Path.GetTempFileName();
        try
        {
            var identity = new CheckpointIdentity("job", "0.1.0", "1.0.0", "cpu", "float32", 1);
            using var first = job.Solver(settings, share: new MemberShare(1, 1));
            var ended = first.Run(new SolverEvents(), CancellationToken.None);
            using var expected = ended.Picture;
            Assert.InRange(ended.Counters.Own, 1, 1490);
            Checkpoint.Save(file, identity, first);

            using var second = job.Solver(settings, share: new MemberShare(1, 1));
            Assert.Null(Checkpoint.TryLoad(file, identity, second));
            var resumed = second.Run(new SolverEvents { Progress = _ => Assert.Fail("It went on.") }, CancellationToken.None);
            using var picture = resumed.Picture;
            Assert.Equal(expected.bytes.ToArray(), picture.bytes.ToArray());
            Assert.Equal((ended.StoppedBy, ended.ChosenIteration, ended.Counters.Iteration), (resumed.StoppedBy, resumed.ChosenIteration, resumed.Counters.Iteration));
        }
        finally
        {
            File.Delete(file);
        }
    }

    // Early enough that two networks end within the seconds of a test.
    private static (string, string)[] Rule(string stop) => stop == "held-out"
        ? [("stop", stop), ("patience", "40"), ("objective", "recorrupted"), ("learning-rate", "0.03")]
        : [("stop", stop), ("patience", "40"), ("variance-alpha", "0.2"), ("variance-window", "20")];

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
