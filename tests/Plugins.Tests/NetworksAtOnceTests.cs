using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using DipPipeline.Engine.Tiling;
using DipPipeline.Plugins.Denoise;
using DipPipeline.Plugins.Inpainting;
using TorchSharp;

namespace DipPipeline.Plugins.Tests;

/// <summary>Networks of an ensemble at the same time, of a picture restored as a whole.</summary>
public sealed class NetworksAtOnceTests : IDisposable
{
    private const int Width = 48, Height = 40;

    private static readonly (string, string)[] Fixed = [("stop", "fixed")];

    private static readonly (string, string)[] Two = [("threads", "2"), ("networks-at-once", "2")];

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-networks-").FullName;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    /// <summary>Two, each with a thread of two: on threads of their own, and to the picture of one after another with that thread. Of three the second has two.</summary>
    [Theory]
    [InlineData("4", "0")]
    [InlineData("3", "0")]
    [InlineData("3", "0.5")]
    [InlineData("2", "0")]
    public void Restore_NetworksAtOnce_GivesThePictureOfOneAfterAnother(string networks, string tail)
    {
        (string, string)[] common = [("ensemble", networks), ("tail-mean", tail), .. tail == "0" ? [] : Fixed];
        var alone = Restore(Request("alone", common) with { ReferencePath = Draw("clean.png", Width, 0) });
        var (threads, share) = (new HashSet<int>(), new HashSet<int>());
        var both = new PictureRestorer(new Hasty()).Restore(Request("both", [.. common, .. Two]) with { ReferencePath = Path.Join(_folder, "clean.png") }, _ =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            share.Add(torch.get_num_threads());
        }, cancellation: Now);
        Assert.Equal((2, 1), (threads.Count, Assert.Single(share)));
        Assert.Equal((null, 2, 2), (alone.NetworksAtOnce, both.NetworksAtOnce, both.Threads));
        // The mean is added up in another order.
        Assert.InRange(Distance(alone, both), 0, 1.001 / 255);
        Assert.Equal((alone.Iterations, alone.ChosenIteration, alone.StoppedBy), (both.Iterations, both.ChosenIteration, both.StoppedBy));
        Assert.All(alone.Energy.Curve!, p => Assert.NotNull(p.Psnr));
        Assert.Equal(alone.Energy.Curve!, both.Energy.Curve!);
        Assert.Equal((alone.Energy.First, alone.Energy.Last), (both.Energy.First, both.Energy.Last));
        Assert.True(Distance(both, Restore(Request("other", [.. common, ("ensemble", "1"), ("iterations", "20")]))) > 4.0 / 255);
    }

    /// <summary>Each network is ended by the rule: figures and words are those of one after another, whenever that was. 401 iterations of each, so that nothing is even.</summary>
    [Theory]
    [InlineData("held-out")]
    [InlineData("moving-variance")]
    public void Restore_NetworksAtOnceThatEndEarly_IsAsOneAfterAnother(string stop)
    {
        (string, string)[] common = [("stop", stop), ("patience", "60"), ("ensemble", "3"), ("iterations", "1203")];
        var alone = Restore(Request("alone", common));
        var all = new List<RestorationProgress>();
        var both = new PictureRestorer(new Hasty()).Restore(Request("both", [.. common, .. Two]), all.Add, cancellation: Now);
        Assert.InRange(alone.Iterations, 3, 1100);
        Assert.Contains("3 of them ended before", alone.StoppedBy, StringComparison.Ordinal);
        Assert.InRange(Distance(alone, both), 0, 1.001 / 255);
        Assert.Equal((alone.Iterations, alone.ChosenIteration, alone.StoppedBy), (both.Iterations, both.ChosenIteration, both.StoppedBy));
        Assert.Equal(alone.Energy.Curve!, both.Energy.Curve!);
        Assert.Equal(both.Iterations, both.Energy.Curve![^1].Iteration);
        // Nothing is left then of what the rule ended.
        Assert.Equal(TimeSpan.Zero, all[^1].Remaining);
    }

    /// <summary>The fit of a network breaks down once: it goes back, and so it is said.</summary>
    [Fact]
    public void Restore_NetworksAtOnce_OneBreaksDown_GoesBackAndSaysWhich()
    {
        var notices = new List<string>();
        var metrics = new PictureRestorer(new Hasty()).Restore(
            Request("out", [.. Two, ("objective", "energy"), ("input", "noise-uniform"), ("guide", "none"), ("stop", "fixed")]) with { Plugin = new BreaksDown() }, notice: n => notices.Add(n.Message), cancellation: Now);
        Assert.Matches("^Networks (1 to 2|3 to 4): The fit broke down at iteration ", Assert.Single(notices));
        Assert.Equal((1, 80), (metrics.Divergences, metrics.Iterations));
    }

    /// <summary>On a CPU, where nothing is said of it; not of tiles, which are themselves fitted at the same time.</summary>
    [Fact]
    public void Restore_AnEnsemble_FitsAsManyAtOnceAsThereAreThreads()
    {
        var request = Request("out", ("ensemble", "2"), ("threads", "auto"), ("iterations", "4")) with { Device = "cpu", Threads = 2 };
        Assert.Equal(2, Restore(request).NetworksAtOnce);
        Assert.Null(Restore(request with { Threads = 1, OutputFolder = Path.Join(_folder, "one") }).NetworksAtOnce);
        var tiled = Restore(Request("tiled", [.. Two, ("tile", "64")]) with { PicturePath = Draw("wide.png", 100) });
        Assert.Equal((2, null), (tiled.Tiles!.AtOnce, tiled.NetworksAtOnce));
    }

    [Fact]
    public void Restore_NetworksAtOnce_AreFormulatedEachWithItsShareOfTheThreads()
    {
        var plugin = new ThreadCounting();
        Restore(Request("out", ("threads", "6"), ("networks-at-once", "2"), ("iterations", "4")) with { Plugin = plugin });
        Assert.Equal([6, 3, 3], plugin.Formulated.Select(f => f.Threads));
        Assert.Equal(6, torch.get_num_threads());
    }

    [Fact]
    public void Restore_NetworksAtOnce_ProgressNeverFalls()
    {
        var all = new List<RestorationProgress>();
        var metrics = new PictureRestorer(new Hasty()).Restore(Request("out", Two), all.Add, cancellation: Now);
        Assert.Equal(8, all.Count);
        Assert.All(all.Zip(all.Skip(1)), p => Assert.True(p.First.Iteration <= p.Second.Iteration));
        Assert.All(all, p => Assert.Equal(80, p.Iterations));
        Assert.Equal((80, TimeSpan.Zero), (all[^1].Iteration, all[^1].Remaining));
        Assert.Equal(80, metrics.Iterations);
        // The speed is that of both.
        Assert.All(all, p => Assert.Equal(p.Iteration / p.Elapsed.TotalSeconds, p.IterationsPerSecond, 6));
        // The clock goes on with every look at it.
        Assert.InRange(metrics.Seconds, 1, 1.2 * all[^1].Elapsed.TotalSeconds);
    }

    /// <summary>One of two runs has two networks of three: the last of them has its share of the threads, and of the speed.</summary>
    [Fact]
    public void Restore_NetworksAtOnceThatDoNotGoRound_TellsTheTimeOfTheLast()
    {
        var all = new List<RestorationProgress>();
        new PictureRestorer(new Hasty()).Restore(Request("out", [.. Two, ("ensemble", "3"), ("iterations", "60")]), all.Add, cancellation: Now);
        var near = all.Single(p => p.Iteration == 50);
        Assert.Equal(20, near.Remaining.TotalSeconds * near.IterationsPerSecond, 4);
    }

    /// <summary>Killed after any of its checkpoints, also where one has ended and the other has not: it goes on from there, never from before it, to the bytes of a run that was not.</summary>
    [Fact]
    public void Restore_KilledAtAnyCheckpoint_GoesOnFromIt()
    {
        var whole = Restore(Request("whole", Two));
        var request = Request("out", [.. Two, ("checkpoint-every", "7")]);
        List<(SavedState State, string Folder)> kept = [];
        new PictureRestorer(new Hasty()).Restore(request with { Checkpointed = s => kept.Add((s, JobFiles.Copied(request.OutputFolder, Path.Join(_folder, $"killed-{kept.Count}")))) }, cancellation: Now);
        // The first of the two to end is written down then, the last has no need to be.
        Assert.Equal(12, kept.Count);
        Assert.All(kept, k => Assert.Equal(k.State.Iteration, k.State.Files.Sum(f => Iterations(Path.Join(k.Folder, Path.GetRelativePath(request.OutputFolder, f))))));
        Assert.Equal(["checkpoint-1.zip", "checkpoint.zip"], kept[^1].State.Files.Select(Path.GetFileName).Order());
        Assert.All(kept.Zip(kept.Skip(1)), k => Assert.True(k.First.State.Iteration < k.Second.State.Iteration));
        foreach (var (state, folder) in kept)
        {
            SavedState? next = null;
            var (positions, notices) = (new List<int>(), new List<string>());
            var resumed = new PictureRestorer(new Hasty()).Restore(
                request with { OutputFolder = folder, Resume = true, Checkpointed = s => next ??= s }, p => positions.Add(p.Iteration), n => notices.Add(n.Message), Now);
            Assert.Equal((whole.Output.Sha256, whole.Iterations, 2), (resumed.Output.Sha256, resumed.Iterations, resumed.NetworksAtOnce));
            Assert.All([.. positions, next?.Iteration ?? int.MaxValue], at => Assert.True(at >= state.Iteration, $"{at} after {state.Iteration}"));
            Assert.Equal(2, notices.Count);
            Assert.StartsWith("Networks 1 to 2: ", notices[0], StringComparison.Ordinal);
            Assert.StartsWith("Networks 3 to 4: ", notices[1], StringComparison.Ordinal);
            Assert.Contains(notices, n => n.Contains(": Resumed from the checkpoint at iteration ", StringComparison.Ordinal));
            Assert.False(Directory.Exists(Path.Join(folder, ".dip")));
        }
    }

    /// <summary>Of less memory than it was begun with: where two nearly fit it goes on with both, to the same bytes; where one alone does, it begins anew with one.</summary>
    [Theory]
    [InlineData(0.85, 2)]
    [InlineData(0.75, null)]
    public void Restore_ResumedWithLessMemory_GoesOnWithBothWhereTheyNearlyFit(double ofBoth, int? atOnce)
    {
        (string, string)[] large = [("channels-down", "32,32"), ("channels-up", "32,32"), ("ensemble", "2"), ("iterations", "12"), ("checkpoint-every", "2"), ("tile", "off"), ("threads", "auto")];
        var request = Request("out", large) with { Device = "cpu", Threads = 2, PicturePath = Draw("large.png", 384, 0.1, 384) };
        var memory = new JobMemory(SolverSettings.From(request.Options), "cpu", channels: 3);
        Interrupted(request);
        var scarce = request with { FreeMemoryBytes = (long)(ofBoth * memory.Bytes(384, 384, 2)) };
        Assert.InRange(memory.Bytes(384, 384), 0.5 * scarce.FreeMemoryBytes!.Value, scarce.FreeMemoryBytes!.Value);
        var notices = new List<string>();
        var resumed = new PictureRestorer(new Hasty()).Restore(scarce with { Resume = true }, notice: n => notices.Add(n.Message), cancellation: Now);
        var whole = Restore((atOnce is null ? scarce : request) with { OutputFolder = Path.Join(_folder, "whole") });
        Assert.Equal((atOnce, whole.Output.Sha256), (resumed.NetworksAtOnce, resumed.Output.Sha256));
        Assert.Equal(atOnce is null, notices.Any(n => n.Contains("2 networks at the same time, not 1", StringComparison.Ordinal)));
    }

    /// <summary>With other threads a job begins anew, and leaves nothing of what was.</summary>
    [Fact]
    public void Restore_ResumedWithOneThread_IsAsItWouldBeThere()
    {
        var request = Request("out", ("threads", "auto"), ("checkpoint-every", "7")) with { Device = "cpu", Threads = 2 };
        Interrupted(request);
        var notices = new List<string>();
        var resumed = new PictureRestorer(new Hasty()).Restore(request with { Threads = 1, Resume = true }, notice: n => notices.Add(n.Message), cancellation: Now);
        Assert.Contains("2 threads, not 1", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Null(resumed.NetworksAtOnce);
        Assert.False(Directory.Exists(Path.Join(request.OutputFolder, ".dip")));
    }

    /// <summary>What another run left must not be taken for what this one wrote, were it killed now.</summary>
    [Fact]
    public void Restore_BegunAnew_ForgetsTheCheckpointsOfAnother()
    {
        var request = Request("out", [.. Two, ("checkpoint-every", "7")]);
        Interrupted(request);
        SavedState? first = null;
        Restore(request with { Checkpointed = s => first ??= s });
        Assert.Single(first!.Files);
    }

    /// <summary>What could not be kept counts in no other's position: it is not there to go on from.</summary>
    [Fact]
    public void Restore_ACheckpointIsNotKept_TheOtherDoesNotCountIt()
    {
        var request = Request("out", [.. Two, ("checkpoint-every", "7")]);
        var kept = new Dictionary<string, int>();
        var isLost = false;
        Assert.Throws<IOException>(() => new PictureRestorer(new Hasty()).Restore(
            request with
            {
                Checkpointed = s =>
                {
                    if (!isLost && kept.Count == 2)
                    {
                        isLost = true;
                        throw new IOException("The storage is away.");
                    }

                    kept[s.Path] = Iterations(s.Path);
                    Assert.Equal(kept.Values.Sum(), s.Iteration);
                },
            },
            cancellation: Now));
        Assert.True(isLost);
    }

    [Fact]
    public void Restore_ResumedWhereNothingIs_SaysSoOnce()
    {
        var notices = new List<string>();
        new PictureRestorer(new Hasty()).Restore(Request("out", Two) with { Resume = true }, notice: n => notices.Add(n.Message), cancellation: Now);
        Assert.StartsWith("There is no checkpoint of this job", Assert.Single(notices), StringComparison.Ordinal);
    }

    /// <summary>A wide hole is bridged by one network, for which alone there is memory, and what comes after it goes on from there.</summary>
    [Fact]
    public void Restore_BesideAWideHole_OneAfterAnother()
    {
        var options = OptionResolver.Resolve(new InpaintingPlugin().Descriptor, "fast", new Dictionary<string, string>
        {
            ["channels-down"] = "8,8", ["channels-up"] = "8,8", ["iterations"] = "20", ["threads"] = "2", ["ensemble"] = "2", ["networks-at-once"] = "2",
        });
        var mask = Path.Join(_folder, "mask.png");
        PictureWriter.WritePng(new Picture(152, 40, 1, 8, [.. Enumerable.Range(0, 152 * 40).Select(i => i % 152 is (>= 40 and < 80) or (>= 120 and < 123) ? 0f : 1f)]), mask);
        var metrics = Restore(new()
        {
            PicturePath = Draw("holes.png", 152),
            Plugin = new InpaintingPlugin(),
            Preset = "fast",
            Options = options,
            FreeMemoryBytes = new JobMemory(SolverSettings.From(options), "cpu", channels: 3).Bytes(152, 40) + 1000,
            CompanionPaths = new Dictionary<string, string> { ["mask"] = mask },
            OutputFolder = Path.Join(_folder, "out"),
        });
        Assert.Contains("of the bridge", metrics.StoppedBy, StringComparison.Ordinal);
        Assert.Null(metrics.NetworksAtOnce);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Stopped once both have a checkpoint.</summary>
    private static void Interrupted(RestorationRequest request)
    {
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(
            request with
            {
                Checkpointed = s =>
                {
                    if (s.Files.Count == 2)
                    {
                        cancellation.Cancel();
                    }
                },
            },
            cancellation: cancellation.Token));
    }

    /// <summary>Iterations that a checkpoint of one of two runs of two networks each goes on from.</summary>
    private static int Iterations(string file) =>
        Checkpoint.TryReadHeader(file)!.Current!.Counters.Iteration - (file.EndsWith("checkpoint-1.zip", StringComparison.Ordinal) ? 40 : 0);

    private static RestorationMetrics Restore(RestorationRequest request) => new PictureRestorer(TimeProvider.System).Restore(request, cancellation: Now);

    private static float Distance(RestorationMetrics a, RestorationMetrics b) =>
        PictureReader.Read(a.Output.Path, 1 << 20).Samples.Zip(PictureReader.Read(b.Output.Path, 1 << 20).Samples, (x, y) => Math.Abs(x - y)).Max();

    private string Draw(string name, int width, double noise = 0.1, int height = Height)
    {
        var path = Path.Join(_folder, name);
        PictureWriter.WritePng(new Picture(width, height, 3, 8, Scenes.Waves(width, height, 3, noise)), path);
        return path;
    }

    // Four networks of 20 iterations.
    private RestorationRequest Request(string output, params (string Name, string Value)[] set) => new()
    {
        PicturePath = Draw("noisy.png", Width),
        Plugin = new DenoisePlugin(),
        Preset = "balanced",
        Options = OptionResolver.Resolve(new DenoisePlugin().Descriptor, "balanced", new Dictionary<string, string>
        {
            ["channels-down"] = "4,4", ["channels-up"] = "4,4", ["channels-skip"] = "2,2", ["ensemble"] = "4", ["iterations"] = "80", ["threads"] = "1", ["tile"] = "auto",
            ["precision"] = "float32",
        }.Concat(set.Select(s => KeyValuePair.Create(s.Name, s.Value))).GroupBy(p => p.Key).Select(g => g.Last())),
        OutputFolder = Path.Join(_folder, output),
    };

    /// <summary>Denoising whose energy is no number once.</summary>
    private sealed class BreaksDown : TaskPlugin
    {
        private readonly DenoisePlugin _inner = new();
        private int _count;

        public override TaskDescriptor Descriptor => _inner.Descriptor;

        public override Problem Formulate(Observation observation, OptionSet options)
        {
            var inner = _inner.Formulate(observation, options);
            return new Problem
            {
                Energy = new LeastSquares(new Once(this), observation.Picture), Height = inner.Height, Width = inner.Width, Channels = inner.Channels, ObservationIsNoisy = true,
            };
        }

        private sealed class Once(BreaksDown plugin) : ForwardOperator
        {
            public override torch.Tensor Apply(torch.Tensor x) => Interlocked.Increment(ref plugin._count) == 25 ? x * double.NaN : x.alias();

            public override torch.Tensor Adjoint(torch.Tensor y) => y.alias();
        }
    }
}
