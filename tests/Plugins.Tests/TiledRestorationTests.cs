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
public sealed partial class TiledRestorationTests : IDisposable
{
    private const int Width = 150, Height = 110;

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-tiled-").FullName;

    // A network and memory for it in which a picture of 400×300 does not fit, and tiles do.
    private const long Scarce = 640L << 20;

    private static readonly (string, string)[] Automatic = [("tile", "auto"), ("channels-down", "32,32"), ("channels-up", "32,32"), ("channels-skip", "4,4"), ("precision", "float32")];

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
}
