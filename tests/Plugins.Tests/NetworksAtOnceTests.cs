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
        var alone = Restore(Request("alone", common));
        var (threads, share) = (new HashSet<int>(), new HashSet<int>());
        var both = new PictureRestorer(new Hasty()).Restore(Request("both", [.. common, .. Two]), _ =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            share.Add(torch.get_num_threads());
        }, cancellation: Now);
        Assert.Equal((2, 1), (threads.Count, Assert.Single(share)));
        Assert.Equal((null, 2, 2), (alone.NetworksAtOnce, both.NetworksAtOnce, both.Threads));
        // The mean is added up in another order.
        Assert.InRange(Distance(alone, both), 0, 1.001 / 255);
        Assert.Equal((alone.Iterations, alone.ChosenIteration, alone.StoppedBy), (both.Iterations, both.ChosenIteration, both.StoppedBy));
        Assert.Equal(alone.Energy.Curve!.Select(p => (p.Iteration, p.Energy)), both.Energy.Curve!.Select(p => (p.Iteration, p.Energy)));
        Assert.Equal((alone.Energy.First, alone.Energy.Last), (both.Energy.First, both.Energy.Last));
        Assert.True(Distance(both, Restore(Request("other", [.. common, ("ensemble", "1"), ("iterations", "20")]))) > 4.0 / 255);
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
        Assert.Equal([6, 3, 3], plugin.Threads);
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
    }

    /// <summary>Killed after any of its checkpoints, also where one has ended and the other has not: it goes on from there, never from before it, to the bytes of a run that was not.</summary>
    [Fact]
    public void Restore_KilledAtAnyCheckpoint_GoesOnFromIt()
    {
        var whole = Restore(Request("whole", Two));
        var request = Request("out", [.. Two, ("checkpoint-every", "7")]);
        List<(SavedState State, string Folder)> kept = [];
        new PictureRestorer(new Hasty()).Restore(request with { Checkpointed = s => kept.Add((s, Copied(request.OutputFolder, $"killed-{kept.Count}"))) }, cancellation: Now);
        Assert.Equal((13, 80), (kept.Count, kept[^1].State.Iteration));
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

    [Fact]
    public void Restore_CancelledThenResumed_WithTheMemoryOfOneAndAHalf_GoesOnWithBoth()
    {
        var whole = Restore(Request("whole", Two));
        var request = Request("out", ("threads", "auto")) with { Device = "cpu", Threads = 2 };
        using var cancellation = new CancellationTokenSource();
        SavedState? saved = null;
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(request with { Checkpointed = s => saved = s }, p =>
        {
            if (p.Iteration >= 30)
            {
                cancellation.Cancel();
            }
        }, cancellation: cancellation.Token));
        Assert.Equal(2, saved!.Files.Count);
        Assert.InRange(saved.Iteration, 30, 60);
        // What one takes, and nearly what two do.
        var scarce = request with { Resume = true, FreeMemoryBytes = new JobMemory(SolverSettings.From(request.Options), "cpu", channels: 3).Bytes(Width, Height) };
        Assert.Null(Restore(scarce with { Resume = false, OutputFolder = Path.Join(_folder, "anew") }).NetworksAtOnce);
        var resumed = Restore(scarce);
        Assert.Equal((2, whole.Output.Sha256), (resumed.NetworksAtOnce, resumed.Output.Sha256));
    }

    /// <summary>With other threads, or other networks at the same time, a job begins anew, and leaves nothing of what was.</summary>
    [Fact]
    public void Restore_ResumedWithOneThread_IsAsItWouldBeThere()
    {
        var request = Request("out", ("threads", "auto"), ("checkpoint-every", "7")) with { Device = "cpu", Threads = 2 };
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
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(
            request with { Checkpointed = s => Cancelled(s.Files.Count == 2, cancellation) }, cancellation: cancellation.Token));
        SavedState? first = null;
        Restore(request with { Checkpointed = s => first ??= s });
        Assert.Single(first!.Files);
    }

    /// <summary>A wide hole is bridged by one network, and what comes after it goes on from there.</summary>
    [Fact]
    public void Restore_BesideAWideHole_OneAfterAnother()
    {
        var mask = Path.Join(_folder, "mask.png");
        PictureWriter.WritePng(new Picture(152, 40, 1, 8, [.. Enumerable.Range(0, 152 * 40).Select(i => i % 152 is (>= 40 and < 80) or (>= 120 and < 123) ? 0f : 1f)]), mask);
        var metrics = Restore(new()
        {
            PicturePath = Draw("holes.png", 152),
            Plugin = new InpaintingPlugin(),
            Preset = "fast",
            Options = OptionResolver.Resolve(new InpaintingPlugin().Descriptor, "fast", new Dictionary<string, string>
            {
                ["channels-down"] = "8,8", ["channels-up"] = "8,8", ["iterations"] = "20", ["threads"] = "2", ["ensemble"] = "2", ["networks-at-once"] = "2",
            }),
            CompanionPaths = new Dictionary<string, string> { ["mask"] = mask },
            OutputFolder = Path.Join(_folder, "out"),
        });
        Assert.Contains("of the bridge", metrics.StoppedBy, StringComparison.Ordinal);
        Assert.Null(metrics.NetworksAtOnce);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static void Cancelled(bool isDue, CancellationTokenSource cancellation)
    {
        if (isDue)
        {
            cancellation.Cancel();
        }
    }

    private static RestorationMetrics Restore(RestorationRequest request) => new PictureRestorer(TimeProvider.System).Restore(request, cancellation: Now);

    private static float Distance(RestorationMetrics a, RestorationMetrics b) =>
        PictureReader.Read(a.Output.Path, 1 << 20).Samples.Zip(PictureReader.Read(b.Output.Path, 1 << 20).Samples, (x, y) => Math.Abs(x - y)).Max();

    private string Draw(string name, int width)
    {
        var path = Path.Join(_folder, name);
        PictureWriter.WritePng(new Picture(width, Height, 3, 8, Scenes.Waves(width, Height, 3, 0.1)), path);
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

    /// <summary>A job's state as it is now.</summary>
    private string Copied(string output, string name)
    {
        var folder = Path.Join(_folder, name);
        foreach (var file in Directory.GetFiles(output, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        {
            var copy = Path.Join(folder, Path.GetRelativePath(output, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }

    /// <summary>Denoising that notes with how many threads it is formulated.</summary>
    private sealed class ThreadCounting : TaskPlugin
    {
        private readonly DenoisePlugin _inner = new();

        public List<int> Threads { get; } = [];

        public override TaskDescriptor Descriptor => _inner.Descriptor;

        public override Problem Formulate(Observation observation, OptionSet options)
        {
            Threads.Add(torch.get_num_threads());
            return _inner.Formulate(observation, options);
        }
    }
}
