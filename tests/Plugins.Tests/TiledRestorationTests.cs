using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Restoration;
using DipPipeline.Engine.Tiling;
using DipPipeline.Plugins.Denoise;
using DipPipeline.Plugins.Inpainting;
using DipPipeline.Plugins.SuperResolution;
using DipPipeline.Tests.Tiling;

namespace DipPipeline.Plugins.Tests;

/// <summary>Whole restorations in tiles, from file to file, of small pictures and small tiles.</summary>
public sealed class TiledRestorationTests : IDisposable
{
    private const int Width = 150, Height = 110;

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-tiled-").FullName;

    // A network and memory for it in which a picture of 400×300 does not fit, and tiles do.
    private const long Scarce = 640L << 20;

    private static readonly (string, string)[] Automatic = [("tile", "auto"), ("channels-down", "32,32"), ("channels-up", "32,32"), ("channels-skip", "4,4"), ("precision", "float32")];

    private static readonly (string, string)[] TwoAtOnce = [("threads", "2"), ("tiles-at-once", "2")];

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    /// <summary>Whatever is decoded row by row, or at once, comes out alike: depth, alpha, metadata, orientation.</summary>
    [Theory]
    [InlineData(8, 3, false)]
    [InlineData(16, 1, true)]
    public void Restore_InTiles_KeepsDepthAlphaAndMetadata_HoweverItIsDecoded(int depth, int channels, bool alpha)
    {
        var path = Path.Join(_folder, "photo.png");
        var metadata = new PictureMetadata { Resolution = new(3000, 2000), Xmp = "<x:xmpmeta/>"u8.ToArray(), PngChunks = [new PngChunk("tEXt", "Author\0somebody"u8.ToArray())] };
        PictureWriter.WritePng(new Picture(Width, Height, channels, depth, Scenes.Waves(Width, Height, channels), alpha ? Scenes.Waves(Width, Height, 1) : null, metadata), path);
        using (var stream = File.OpenRead(path))
        {
            Assert.True(RowDecoder.Knows(Container.Parse(new FileBytes(path, stream))));
        }

        var atOnce = Restore(Request(new DenoisePlugin(), path, "once"));
        var byRows = Restore(Request(new DenoisePlugin(), path, "rows") with { MostPixelsAtOnce = 0 });
        Assert.Equal(atOnce.Output.Sha256, byRows.Output.Sha256);
        var source = PictureReader.Read(path, 1 << 20);
        var result = PictureReader.Read(byRows.Output.Path, 1 << 20);
        Assert.Equal((Width, Height, channels, depth), (result.Width, result.Height, result.Channels, result.BitDepth));
        Assert.Equal(source.Alpha, result.Alpha);
        Assert.Equal(source.Metadata.Resolution, result.Metadata.Resolution);
        Assert.Equal(source.Metadata.Xmp, result.Metadata.Xmp);
        Assert.Equal(source.Metadata.PngChunks.Single().Data, result.Metadata.PngChunks.Single().Data);
        Assert.True(File.Exists(Path.Join(_folder, "rows", "photo.preview.jpg")));
        Assert.True(File.Exists(Path.Join(_folder, "rows", "photo.curve.png")));
        Assert.False(Directory.Exists(Path.Join(_folder, "rows", ".dip")));
    }

    [Fact]
    public void Restore_InTiles_IsRecordedInTheMetrics()
    {
        var metrics = Restore(Request(new DenoisePlugin(), Draw("photo.png", noise: 0.1), "out"));
        Assert.Equal(new TilePlan(64, 64, 8, 6), metrics.Tiles! with { Width = 64, Height = 64 });
        Assert.InRange(metrics.Tiles.Width, 52, 64);
        Assert.Equal(6 * 20, metrics.Iterations);
        Assert.Equal("fixed count in 6 of 6 tiles", metrics.StoppedBy);
        Assert.Equal([10, 20], metrics.Energy.Curve!.Select(p => p.Iteration));
        Assert.True(metrics.Energy.Last < metrics.Energy.First);
        Assert.Equal(metrics.ToJson(), File.ReadAllText(Path.Join(_folder, "out", "photo.json")));
        Assert.Equal(metrics.Tiles, RestorationMetrics.Parse(metrics.ToJson()).Tiles);
    }

    [Fact]
    public void Restore_ATileThatCoversThePicture_GivesTheBytesOfTheWhole()
    {
        var picture = Draw("photo.png", noise: 0.1);
        var whole = Restore(Request(new DenoisePlugin(), picture, "whole", ("tile", "off")));
        var automatic = Restore(Request(new DenoisePlugin(), picture, "automatic", ("tile", "auto")));
        var covered = Restore(Request(new DenoisePlugin(), picture, "covered", ("tile", "160")));
        Assert.Null(whole.Tiles);
        Assert.Null(covered.Tiles);
        Assert.Equal(whole.Output.Sha256, automatic.Output.Sha256);
        Assert.Equal(whole.Output.Sha256, covered.Output.Sha256);
    }

    /// <summary>The noise of a picture in tiles is estimated from the same patches as that of the whole, so it is the same number.</summary>
    [Fact]
    public void Restore_InTiles_EstimatesTheNoiseOfTheWhole()
    {
        var picture = Draw("photo.png", noise: 0.1);
        var whole = Restore(Request(new DenoisePlugin(), picture, "whole", ("tile", "off"), ("iterations", "10")));
        var tiled = Restore(Request(new DenoisePlugin(), picture, "tiled", ("iterations", "10")));
        Assert.NotNull(tiled.Tiles);
        Assert.Equal(whole.NoiseSigma!.Value, tiled.NoiseSigma!.Value, 9);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Restore_InpaintingInTiles_KeepsObservedPixelsBitExact(int depth)
    {
        var picture = Draw("hole.png", depth);
        var mask = Path.Join(_folder, "hole.mask.png");
        var m = Enumerable.Range(0, Width * Height).Select(i => i % Width is > 40 and < 60 ? 0f : 1f).ToArray();
        PictureWriter.WritePng(new Picture(Width, Height, 1, 8, m), mask);
        var metrics = Restore(Request(new InpaintingPlugin(), picture, "out") with { CompanionPaths = new Dictionary<string, string> { ["mask"] = mask } });
        Assert.NotNull(metrics.Tiles);
        var (before, after) = (PictureReader.Read(picture, 1 << 20), PictureReader.Read(metrics.Output.Path, 1 << 20));
        for (var c = 0; c < 3; c++)
        {
            for (var i = 0; i < m.Length; i++)
            {
                Assert.True(before.Plane(c)[i] == after.Plane(c)[i] || m[i] == 0, $"pixel {i} of channel {c}");
            }
        }

        Assert.NotEqual(before.Samples, after.Samples);
    }

    /// <summary>A hole of 40 pixels in the first column of tiles, one of three pixels in the last.</summary>
    [Fact]
    public void Restore_AWideHoleInSomeTiles_IsBridgedInThoseAlone()
    {
        var picture = Draw("hole.png");
        var mask = Path.Join(_folder, "hole.mask.png");
        var m = Enumerable.Range(0, Width * Height).Select(i => i % Width is (>= 5 and < 45) or (>= 120 and < 123) ? 0f : 1f).ToArray();
        PictureWriter.WritePng(new Picture(Width, Height, 1, 8, m), mask);
        var (bridged, blind) = (Made("bridge"), Made("blind-spot"));
        Assert.Equal(6, bridged.Metrics.Tiles!.Count);
        Assert.All(bridged.Metrics.Warnings, w => Assert.Contains("5 scales without skips were fitted", w, StringComparison.Ordinal));
        Assert.All(blind.Metrics.Warnings, w => Assert.Contains("smooth and invented", w, StringComparison.Ordinal));
        Assert.Equal(2, bridged.Metrics.Warnings.Count);
        Assert.Equal(bridged.Metrics.Warnings.Count, blind.Metrics.Warnings.Count);
        Assert.Equal(Part(bridged.Picture, 120, 123), Part(blind.Picture, 120, 123));
        Assert.NotEqual(Part(PictureReader.Read(picture, 1 << 20), 120, 123), Part(bridged.Picture, 120, 123));
        Assert.NotEqual(Part(bridged.Picture, 5, 45), Part(blind.Picture, 5, 45));

        (RestorationMetrics Metrics, Picture Picture) Made(string how)
        {
            var metrics = Restore(Request(new InpaintingPlugin(), picture, how, ("wide-holes", how)) with { CompanionPaths = new Dictionary<string, string> { ["mask"] = mask } });
            return (metrics, PictureReader.Read(metrics.Output.Path, 1 << 20));
        }

        static float[] Part(Picture of, int from, int to) => [.. of.Plane(0).ToArray().Where((_, i) => i % Width >= from && i % Width < to)];
    }

    [Fact]
    public void Restore_AHoleAsLargeAsATile_IsRefusedNamingItsPlace()
    {
        var mask = Path.Join(_folder, "hole.mask.png");
        PictureWriter.WritePng(new Picture(Width, Height, 1, 8, [.. Enumerable.Range(0, Width * Height).Select(i => i % Width < 70 ? 0f : 1f)]), mask);
        var request = Request(new InpaintingPlugin(), Draw("hole.png"), "out") with { CompanionPaths = new Dictionary<string, string> { ["mask"] = mask } };
        var refusal = Assert.Throws<RefusedException>(() => Restore(request));
        Assert.Contains("(0, 0)", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("hole.png", refusal.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(request.OutputFolder));
    }

    [Fact]
    public void Restore_SuperResolutionInTiles_EnlargesPictureAndAlpha()
    {
        var path = Path.Join(_folder, "small.png");
        PictureWriter.WritePng(new Picture(50, 40, 3, 8, Scenes.Waves(50, 40, 3), Scenes.Waves(50, 40, 1)), path);
        var request = Request(new SuperResolutionPlugin(), path, "out", ("factor", "3"), ("tile", "72"));
        var metrics = Restore(request);
        Assert.Equal(0, metrics.Tiles!.Width % 3);
        Assert.True(metrics.Tiles.Count >= 4);
        var result = PictureReader.Read(metrics.Output.Path, 1 << 20);
        Assert.Equal((150, 120), (result.Width, result.Height));
        var whole = PictureReader.Read(Restore(request with { OutputFolder = Path.Join(_folder, "whole"), Options = Options(new SuperResolutionPlugin(), ("factor", "3"), ("tile", "off")) }).Output.Path, 1 << 20);
        Assert.Equal(whole.Alpha, result.Alpha);
    }

    [Fact]
    public void Restore_InTilesWithAReference_MeasuresTheFile_AndTheClassicalMethodWhereThePictureIsNotTooLarge()
    {
        var request = Request(new DenoisePlugin(), Draw("noisy.png", noise: 0.1), "out") with { ReferencePath = Draw("truth.png") };
        var metrics = Restore(request);
        var expected = Engine.Metrics.QualityMetrics.Compare(PictureReader.Read(metrics.Output.Path, 1 << 20), PictureReader.Read(request.ReferencePath, 1 << 20));
        Assert.Equal(expected.Psnr, metrics.Reference!.Psnr, 6);
        Assert.Equal(expected.Ssim, metrics.Reference.Ssim, 6);
        var whole = Restore(request with { OutputFolder = Path.Join(_folder, "whole"), Options = Options(new DenoisePlugin(), ("tile", "off"), ("iterations", "1")) });
        Assert.Equal(whole.Baseline, metrics.Baseline);
        var large = Restore(request with { OutputFolder = Path.Join(_folder, "large"), MostPixelsAtOnce = 1000 });
        Assert.Null(large.Baseline);
        Assert.Contains(large.Warnings, w => w.Contains("classical method was not computed", StringComparison.Ordinal));
        Assert.DoesNotContain(metrics.Warnings, w => w.Contains("classical method was not computed", StringComparison.Ordinal));
        Assert.NotNull(metrics.Energy.Curve![^1].Psnr);
        Assert.Equal(metrics.Output.Sha256, Restore(request with { ReferencePath = null, OutputFolder = Path.Join(_folder, "without") }).Output.Sha256);
    }

    [Fact]
    public void Restore_WhatDoesNotFitIntoMemory_IsDoneInTiles_AndRefusedOnlyWhereNoTileFits()
    {
        var request = Request(new DenoisePlugin(), Large(), "out", [.. Automatic, ("iterations", "1")]) with { FreeMemoryBytes = Scarce };
        var metrics = Restore(request);
        Assert.True(metrics.Tiles!.Count > 1);
        Assert.Contains("128×128", Assert.Throws<RefusedException>(() => Restore(request with { FreeMemoryBytes = 500L << 20, OutputFolder = Path.Join(_folder, "none") })).Message, StringComparison.Ordinal);
    }

    /// <summary>Stopped in the first tile, between two, inside a later one, in the last, and while it is blended: always the bytes of a run that was not.</summary>
    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 20)]
    [InlineData(3, 10)]
    [InlineData(6, 10)]
    [InlineData(6, 20)]
    public void Restore_CancelledThenResumed_GivesTheBytesOfOneThatWasNot(int tile, int iteration)
    {
        var picture = Draw("noisy.png", noise: 0.1);
        var whole = Restore(Request(new DenoisePlugin(), picture, "whole"));
        var request = Interrupted(picture, tile, iteration);
        Assert.Empty(Directory.GetFiles(request.OutputFolder));
        var tiles = Tiles(request);
        var done = iteration == 20 ? tile : tile - 1;
        Assert.Equal(done, tiles.Length);
        var before = tiles.ToDictionary(t => t, File.GetLastWriteTimeUtc);

        var again = new List<int>();
        var resumed = new PictureRestorer(new Hasty()).Restore(request with { Resume = true }, p =>
        {
            again.Add(p.Tile);
            Assert.All(before, t => Assert.Equal(t.Value, File.GetLastWriteTimeUtc(t.Key)));
        }, cancellation: Now);
        Assert.DoesNotContain(again, t => t <= done);
        Assert.Equal(whole.Output.Sha256, resumed.Output.Sha256);
        Assert.Equal((whole.Iterations, whole.Energy.Last), (resumed.Iterations, resumed.Energy.Last));
        Assert.False(Directory.Exists(Path.Join(request.OutputFolder, ".dip")));
    }

    [Fact]
    public void Restore_ResumedWithADamagedTile_MakesItAgain()
    {
        var picture = Draw("noisy.png", noise: 0.1);
        var whole = Restore(Request(new DenoisePlugin(), picture, "whole"));
        var request = Interrupted(picture, tile: 4, iteration: 10);
        File.WriteAllText(Tiles(request)[1], "half");
        var notices = new List<string>();
        var resumed = new PictureRestorer(TimeProvider.System).Restore(request with { Resume = true }, notice: n => notices.Add(n.Message), cancellation: Now);
        Assert.Equal(["Resumed after 2 of 6 tiles.", "Tile 4: Resumed from the checkpoint at iteration 10."], notices);
        Assert.Equal(whole.Output.Sha256, resumed.Output.Sha256);
    }

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
            share.Add(TorchSharp.torch.get_num_threads());
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
        Assert.Equal(6, TorchSharp.torch.get_num_threads());
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
            request with { Checkpointed = s => kept.Add((s, elapsed, Copied(request.OutputFolder, $"killed-{kept.Count}"))) }, p => elapsed = p.Elapsed, cancellation: Now);
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
        new PictureRestorer(new Hasty()).Restore(request with { Checkpointed = s => kept.Add((s, Copied(request.OutputFolder, $"killed-{kept.Count}"))) }, p =>
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
        Assert.Equal(saved.Select(s => s.Path).Distinct().Count() > 1 ? 2 : 1, Math.Min(2, saved[^1].Files.Count));
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

    /// <summary>On another machine, with more memory, a job goes on in the tiles it was begun in.</summary>
    [Fact]
    public void Restore_ResumedWhereTheWholeWouldFit_KeepsItsTiles()
    {
        var scarce = Request(new DenoisePlugin(), Large(), "out", [.. Automatic, ("iterations", "10")]) with { FreeMemoryBytes = Scarce };
        var whole = Restore(scarce with { OutputFolder = Path.Join(_folder, "whole") });
        Assert.NotNull(whole.Tiles);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(scarce, _ => cancellation.Cancel(), cancellation: cancellation.Token));
        var resumed = Restore(scarce with { Resume = true, FreeMemoryBytes = 64L << 30 });
        Assert.Equal(whole.Tiles, resumed.Tiles);
        Assert.Equal(whole.Output.Sha256, resumed.Output.Sha256);
    }

    [Fact]
    public void Restore_StoppedAsAWhole_GoesOnAsAWholeWhereItNearlyFits()
    {
        var picture = Draw("noisy.png", noise: 0.1);
        var request = Request(new DenoisePlugin(), picture, "out", ("tile", "auto"));
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(request, _ => cancellation.Cancel(), cancellation: cancellation.Token));
        var metrics = Restore(request with { Resume = true, FreeMemoryBytes = 500L << 20 });
        Assert.Null(metrics.Tiles);
    }

    [Fact]
    public void Progress_OverAllTiles_NeverFalls_AndEndsAtTheWhole()
    {
        var all = new List<RestorationProgress>();
        new PictureRestorer(new Hasty()).Restore(Request(new DenoisePlugin(), Draw("noisy.png", noise: 0.1), "out"), all.Add, cancellation: Now);
        Assert.Equal(12, all.Count);
        Assert.All(all, p => Assert.Equal((6, 120), (p.Tiles, p.Iterations)));
        Assert.Equal([.. Enumerable.Range(1, 12).Select(n => n * 10)], all.Select(p => p.Iteration));
        Assert.Equal([.. Enumerable.Range(1, 6).SelectMany(n => new[] { n, n })], all.Select(p => p.Tile));
        Assert.Equal(TimeSpan.Zero, all[^1].Remaining);
    }

    /// <summary>Steps across the edges of every overlap are as large as those beside them, on a smooth and on a textured picture.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Restore_InTiles_LeavesNoSeam(bool textured)
    {
        var random = new Random(3);
        var scene = Scenes.Waves(Width, Height, 3);
        var path = Path.Join(_folder, "photo.png");
        PictureWriter.WritePng(new Picture(Width, Height, 3, 8, textured ? [.. scene.Select(v => Math.Clamp(v + (0.25f * (random.NextSingle() - 0.5f)), 0, 1))] : scene), path);
        var metrics = Restore(Request(new DenoisePlugin(), path, "out", ("iterations", "300"), ("channels-down", "16,16"), ("channels-up", "16,16"), ("channels-skip", "4,4"), ("average-decay", "0.9")));
        var result = PictureReader.Read(metrics.Output.Path, 1 << 20);
        // So few pixels lie along the borders of so small a picture: the measured bounds of 0.95 to 1.05 are those of bench/README.md.
        Assert.InRange(Seams.Ratio(result, metrics.Tiles!), 0.8, 1.2);
        // A step at the edges would be seen.
        Assert.True(Seams.Ratio(WithSteps(result, metrics.Tiles!, 0.05f), metrics.Tiles!) > 1.2);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static RestorationMetrics Restore(RestorationRequest request) => new PictureRestorer(TimeProvider.System).Restore(request, cancellation: Now);

    /// <summary>The picture with all that tiles share brightened.</summary>
    private static Picture WithSteps(Picture picture, TilePlan plan, float step)
    {
        var (across, down) = (new TileAxis(Width, plan.Width, plan.Overlap, plan.Width, 1), new TileAxis(Height, plan.Height, plan.Overlap, plan.Height, 1));
        return new Picture(Width, Height, 3, 8, [.. Enumerable.Range(0, 3).SelectMany(c => picture.Plane(c).ToArray().Select((v, n) =>
            v + (IsShared(across, n % Width) || IsShared(down, n / Width) ? step : 0)))]);

        static bool IsShared(TileAxis axis, int at) => axis.Within(at, at + 1).Count() > 1;
    }

    private string Large()
    {
        var path = Path.Join(_folder, "large.png");
        PictureWriter.WritePng(new Picture(400, 300, 3, 8, Scenes.Waves(400, 300, 3)), path);
        return path;
    }

    /// <summary>A restoration that was stopped in a tile, after some of its 20 iterations.</summary>
    private RestorationRequest Interrupted(string picture, int tile, int iteration)
    {
        var request = Request(new DenoisePlugin(), picture, "out");
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(request, p =>
        {
            if (p.Tile == tile && p.Iteration == ((tile - 1) * 20) + iteration)
            {
                cancellation.Cancel();
            }
        }, cancellation: cancellation.Token));
        return request;
    }

    private static string[] Tiles(RestorationRequest request) =>
        [.. Directory.GetFiles(request.OutputFolder, "*.tile", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Order()];

    /// <summary>A job's state as it is now.</summary>
    private string Copied(string output, string name)
    {
        var folder = Path.Join(_folder, name);
        foreach (var file in Directory.GetFiles(output, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Where(f => !f.EndsWith(".raw", StringComparison.Ordinal)))
        {
            var copy = Path.Join(folder, Path.GetRelativePath(output, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        return folder;
    }

    private string Draw(string name, int depth = 8, double noise = 0)
    {
        var path = Path.Join(_folder, name);
        PictureWriter.WritePng(new Picture(Width, Height, 3, depth, Scenes.Waves(Width, Height, 3, noise)), path);
        return path;
    }

    private static OptionSet Options(TaskPlugin plugin, params (string Name, string Value)[] set) => OptionResolver.Resolve(plugin.Descriptor, "fast", new Dictionary<string, string>
    {
        ["channels-down"] = "4,4", ["channels-up"] = "4,4", ["channels-skip"] = "2,2", ["iterations"] = "20", ["threads"] = "1", ["stop"] = "fixed", ["tile"] = "64",
    }.Concat(set.Select(s => KeyValuePair.Create(s.Name, s.Value))).GroupBy(p => p.Key).Select(g => g.Last()));

    private RestorationRequest Request(TaskPlugin plugin, string picture, string output, params (string Name, string Value)[] set) => new()
    {
        PicturePath = picture,
        Plugin = plugin,
        Preset = "fast",
        Options = Options(plugin, set),
        OutputFolder = Path.Join(_folder, output),
    };

    /// <summary>Denoising whose second tile of two is formulated once the first is ahead.</summary>
    private sealed class Late(ManualResetEventSlim ahead) : TaskPlugin
    {
        private readonly DenoisePlugin _inner = new();
        private int _tiles;

        public override Contracts.Tasks.TaskDescriptor Descriptor => _inner.Descriptor;

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

    /// <summary>Denoising that notes of what size, and with how many threads, it is formulated.</summary>
    private sealed class ThreadCounting : TaskPlugin
    {
        private readonly DenoisePlugin _inner = new();

        public System.Collections.Concurrent.ConcurrentQueue<(long Width, long Height, int Threads)> Formulated { get; } = [];

        public override Contracts.Tasks.TaskDescriptor Descriptor => _inner.Descriptor;

        public override Problem Formulate(Observation observation, OptionSet options)
        {
            Formulated.Enqueue((observation.Picture.shape[3], observation.Picture.shape[2], TorchSharp.torch.get_num_threads()));
            return _inner.Formulate(observation, options);
        }
    }
}
