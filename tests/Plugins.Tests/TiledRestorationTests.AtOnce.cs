using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Restoration;
using DipPipeline.Plugins.Denoise;
using TorchSharp;

namespace DipPipeline.Plugins.Tests;

/// <summary>Tiles at the same time.</summary>
public sealed partial class TiledRestorationTests
{
    private static readonly (string, string)[] TwoAtOnce = [("threads", "2"), ("tiles-at-once", "2")];

    /// <summary>Two, each with a thread of two: on threads of their own, and to the bytes of one after another with that thread.</summary>
    [Fact]
    public void Restore_TilesAtOnce_GivesTheBytesOfOneAfterAnother()
    {
        var picture = Draw("noisy.png", noise: 0.1);
        var alone = Restore(Request(new DenoisePlugin(), picture, "alone"));
        var (threads, share) = (new HashSet<int>(), new HashSet<int>());
        var both = new PictureRestorer(new Hasty()).Restore(Request(new DenoisePlugin(), picture, "both", TwoAtOnce), p =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            share.Add(torch.get_num_threads());
        }, cancellation: Now);
        Assert.Equal(2, threads.Count);
        Assert.Equal(1, Assert.Single(share));
        Assert.Equal((1, 2, 2), (alone.Tiles!.AtOnce, both.Tiles!.AtOnce, both.Threads));
        Assert.Equal(alone.Output.Sha256, both.Output.Sha256);
        Assert.Equal((alone.Iterations, alone.StoppedBy, alone.Energy.Last), (both.Iterations, both.StoppedBy, both.Energy.Last));
    }

    [Fact]
    public void Restore_TilesAtOnce_ProgressNeverFalls_AndTheTilesTimesAreThatOfTheScan()
    {
        var all = new List<RestorationProgress>();
        var metrics = new PictureRestorer(new Hasty()).Restore(Request(new DenoisePlugin(), Draw("noisy.png", noise: 0.1), "out", TwoAtOnce), all.Add, cancellation: Now);
        Assert.Equal(12, all.Count);
        Assert.All(all.Zip(all.Skip(1)), p => Assert.True(p.First.Iteration <= p.Second.Iteration && p.First.Tile <= p.Second.Tile));
        Assert.Equal((120, TimeSpan.Zero), (all[^1].Iteration, all[^1].Remaining));
        // Both of the last two may be under way then.
        Assert.InRange(all[^1].Tile, 5, 6);
        // The clock goes on with every look at it, the last time when the last tile is finished.
        Assert.InRange(metrics.Seconds, all[^1].Elapsed.TotalSeconds, all[^1].Elapsed.TotalSeconds + 60);
    }

    /// <summary>On a CPU, where nothing is said of it: denoising's presets have small tiles.</summary>
    [Fact]
    public void Restore_InTilesOfAGivenSize_FitsAsManyAtOnceAsThereAreThreads()
    {
        var request = Request(new DenoisePlugin(), Draw("noisy.png", noise: 0.1), "out", ("threads", "auto"), ("iterations", "2")) with { Device = "cpu", Threads = 2 };
        var metrics = Restore(request);
        Assert.Equal((2, 2), (metrics.Tiles!.AtOnce, metrics.Threads));
        Assert.Equal(1, Restore(request with { Threads = 1, OutputFolder = Path.Join(_folder, "one") }).Tiles!.AtOnce);
    }

    /// <summary>Whatever of the engine or a plugin sums over threads has the tile's share of them: the first tile of the caller's thread, a later one, one of another thread.</summary>
    [Fact]
    public void Restore_TilesAtOnce_FormulatesEachWithItsShareOfTheThreads()
    {
        var plugin = new ThreadCounting();
        var metrics = Restore(Request(plugin, Draw("noisy.png", noise: 0.1), "out", ("threads", "6"), ("tiles-at-once", "2"), ("iterations", "10")));
        var ofTiles = plugin.Formulated.Where(f => (f.Width, f.Height) == (metrics.Tiles!.Width, metrics.Tiles.Height)).ToArray();
        Assert.Equal(6, ofTiles.Length);
        Assert.All(ofTiles, f => Assert.Equal(3, f.Threads));
        Assert.Equal(6, torch.get_num_threads());
    }

    /// <summary>Killed after any of its checkpoints: it goes on from there, never from before it, to the bytes of a run that was not, and tells of the time of both.</summary>
    [Fact]
    public void Restore_TilesAtOnceKilledAtAnyCheckpoint_GoesOnFromIt()
    {
        var picture = Draw("noisy.png", noise: 0.1);
        var whole = Restore(Request(new DenoisePlugin(), picture, "whole"));
        var request = Request(new DenoisePlugin(), picture, "out", [.. TwoAtOnce, ("checkpoint-every", "7")]);
        List<(SavedState State, TimeSpan Elapsed, string Folder)> kept = [];
        var elapsed = TimeSpan.Zero;
        new PictureRestorer(new Hasty()).Restore(
            request with { Checkpointed = s => kept.Add((s, elapsed, JobFiles.Copied(request.OutputFolder, Path.Join(_folder, $"killed-{kept.Count}")))) }, p => elapsed = p.Elapsed, cancellation: Now);
        Assert.All(kept.Zip(kept.Skip(1)), k => Assert.True(k.First.State.Iteration <= k.Second.State.Iteration));
        Assert.True(kept.Count > 12, $"{kept.Count} checkpoints");
        foreach (var (state, before, folder) in kept)
        {
            SavedState? next = null;
            elapsed = TimeSpan.Zero;
            var positions = new List<int>();
            var resumed = new PictureRestorer(new Hasty()).Restore(
                request with { OutputFolder = folder, Resume = true, Checkpointed = s => next ??= s },
                p =>
                {
                    positions.Add(p.Iteration);
                    elapsed = p.Elapsed;
                },
                cancellation: Now);
            Assert.True(resumed.Seconds >= (before + elapsed).TotalSeconds, $"{resumed.Seconds} s, of {before} and {elapsed}");
            Assert.Equal((whole.Output.Sha256, whole.Iterations), (resumed.Output.Sha256, resumed.Iterations));
            Assert.All([.. positions, next?.Iteration ?? int.MaxValue], at => Assert.True(at >= state.Iteration, $"{at} after {state.Iteration}"));
            Assert.False(Directory.Exists(Path.Join(folder, ".dip")));
        }
    }

    /// <summary>One of them is far ahead of its checkpoint as the other writes its own: that counts what was written down alone.</summary>
    [Fact]
    public void Restore_TilesAtOnceKilledOutOfPhase_GoesOnFromNoLessThanItsCheckpointSays()
    {
        var path = Path.Join(_folder, "two.png");
        PictureWriter.WritePng(new Picture(110, 60, 3, 8, Scenes.Waves(110, 60, 3, 0.1)), path);
        using var ahead = new ManualResetEventSlim();
        var request = Request(new Late(ahead), path, "out", [.. TwoAtOnce, ("iterations", "100"), ("checkpoint-every", "50")]);
        List<(SavedState State, string Folder)> kept = [];
        new PictureRestorer(new Hasty()).Restore(request with { Checkpointed = s => kept.Add((s, JobFiles.Copied(request.OutputFolder, Path.Join(_folder, $"killed-{kept.Count}")))) }, p =>
        {
            if (p.Iteration >= 30)
            {
                ahead.Set();
            }
        }, cancellation: Now);
        foreach (var (state, folder) in kept)
        {
            var first = int.MaxValue;
            new PictureRestorer(new Hasty()).Restore(request with { OutputFolder = folder, Resume = true }, p => first = Math.Min(first, p.Iteration), cancellation: Now);
            Assert.True(first >= state.Iteration, $"{first} after {state.Iteration}");
        }
    }

    /// <summary>With other threads a job begins anew, and then as it would there; and what is begun anew leaves nothing of what was.</summary>
    [Fact]
    public void Restore_TilesAtOnceResumedWithOneThread_IsAsItWouldBeThere()
    {
        var request = Request(new DenoisePlugin(), Draw("noisy.png", noise: 0.1), "out", ("threads", "auto"), ("checkpoint-every", "7")) with { Device = "cpu", Threads = 2 };
        SavedState? both = null;
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(
            request with
            {
                Checkpointed = s =>
                {
                    both = s.Files.Count == 2 ? s : null;
                    if (both is not null)
                    {
                        cancellation.Cancel();
                    }
                },
            },
            cancellation: cancellation.Token));
        Assert.NotNull(both);
        var (notices, files) = (new List<string>(), new List<string>());
        var resumed = new PictureRestorer(new Hasty()).Restore(
            request with { Threads = 1, Resume = true, Checkpointed = _ => files.AddRange(Directory.GetFiles(Path.GetDirectoryName(both.Path)!, "checkpoint*")) },
            notice: n => notices.Add(n.Message), cancellation: Now);
        Assert.Contains("2 threads, not 1", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Equal(1, resumed.Tiles!.AtOnce);
        Assert.Equal(both.Files[0], Assert.Single(files.Distinct()));
    }

    /// <summary>Stopped at some progress, each of the two tiles under way goes on from its own checkpoint.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(11)]
    public void Restore_TilesAtOnceCancelledThenResumed_GivesTheBytesOfOneThatWasNot(int at)
    {
        var picture = Draw("noisy.png", noise: 0.1);
        var whole = Restore(Request(new DenoisePlugin(), picture, "whole"));
        var request = Request(new DenoisePlugin(), picture, "out", TwoAtOnce);
        using var cancellation = new CancellationTokenSource();
        var saved = new List<SavedState>();
        var count = 0;
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(request with { Checkpointed = saved.Add }, _ =>
        {
            if (++count == at)
            {
                cancellation.Cancel();
            }
        }, cancellation: cancellation.Token));
        var done = Tiles(request);
        Assert.Equal(done.Length, saved[^1].Tiles.Count);
        Assert.All(saved[^1].Tiles, tile => Assert.Equal(SavedState.TilePath(saved[0].Files[0], tile), done[saved[^1].Tiles.ToList().IndexOf(tile)]));
        Assert.All(saved[^1].Files, file => Assert.True(File.Exists(file)));
        var before = done.ToDictionary(t => t, File.GetLastWriteTimeUtc);

        var (notices, again) = (new List<string>(), new List<RestorationProgress>());
        var resumed = new PictureRestorer(new Hasty()).Restore(request with { Resume = true }, p =>
        {
            again.Add(p);
            Assert.All(before, t => Assert.Equal(t.Value, File.GetLastWriteTimeUtc(t.Key)));
        }, n => notices.Add(n.Message), Now);
        Assert.Equal($"Resumed after {done.Length} of 6 tiles.", notices[0]);
        Assert.All(notices.Skip(1), n => Assert.Matches("^Tile [1-6]: Resumed from the checkpoint at iteration [0-9]+.$", n));
        Assert.Equal(saved.Select(s => s.Path).Distinct().Count(), saved[^1].Files.Count);
        Assert.All(again, p => Assert.True(p.Iteration >= saved[^1].Iteration));
        Assert.Equal((whole.Output.Sha256, whole.Iterations, whole.Energy.Last), (resumed.Output.Sha256, resumed.Iterations, resumed.Energy.Last));
        Assert.False(Directory.Exists(Path.Join(request.OutputFolder, ".dip")));
    }

    /// <summary>What one of them fails with is what the job fails with, once both have ended.</summary>
    [Fact]
    public void Restore_TilesAtOnce_OneFails_EndsBoth()
    {
        var request = Request(new DenoisePlugin(), Draw("noisy.png", noise: 0.1), "out", [.. TwoAtOnce, ("iterations", "100000")]);
        var (first, failed) = (0, 0);
        var failure = Assert.Throws<InvalidTimeZoneException>(() => new PictureRestorer(new Hasty()).Restore(request, _ =>
        {
            // Not the caller's thread, and not the first word of it.
            if (Interlocked.CompareExchange(ref first, Environment.CurrentManagedThreadId, 0) is var other && other != 0 && other != Environment.CurrentManagedThreadId)
            {
                failed++;
                throw new InvalidTimeZoneException("of one tile");
            }
        }, cancellation: Now));
        Assert.Equal(("of one tile", 1), (failure.Message, failed));
        Assert.Empty(Directory.GetFiles(request.OutputFolder));
    }

    /// <summary>Denoising whose second tile of two is formulated once the first is ahead.</summary>
    private sealed class Late(ManualResetEventSlim ahead) : TaskPlugin
    {
        private readonly DenoisePlugin _inner = new();
        private int _tiles;

        public override TaskDescriptor Descriptor => _inner.Descriptor;

        public override Problem Formulate(Observation observation, OptionSet options)
        {
            // Beside the tiles a corner is formulated, which is square.
            if (observation.Picture.shape[2] != observation.Picture.shape[3] && Interlocked.Increment(ref _tiles) == 2)
            {
                Assert.True(ahead.Wait(TimeSpan.FromMinutes(1)));
            }

            return _inner.Formulate(observation, options);
        }
    }
}
