using System.IO.Compression;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Restoration;
using DipPipeline.Plugins.Inpainting;
using TorchSharp;

namespace DipPipeline.Plugins.Tests;

/// <summary>Pictures with a hole wider than the network sees, and a narrow one beside it: the first is bridged, then the job's own network fills the other.</summary>
public sealed class WideHoleTests : IDisposable
{
    private const int Width = 152, Height = 40, Each = 30;

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-holes-").FullName;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public void Restore_BesideANarrowHole_BridgesTheWideOne_AndFillsTheNarrowOneAsAsked()
    {
        // Few, so that a picture that was written and read again still leads to nearly the same.
        (string, string) few = ("iterations", "10");
        var both = Restore(Request("both", set: few));
        var warning = Assert.Single(both.Warnings);
        Assert.Contains("5 scales without skips were fitted", warning, StringComparison.Ordinal);
        Assert.EndsWith("The narrower holes were filled after, as asked.", warning, StringComparison.Ordinal);
        Assert.Equal((20, 20), (both.Iterations, Assert.Single(both.Energy.Curve!).Iteration));

        // By hand: the network that bridges, over all holes; then the blind spot with the wide one filled.
        var bridged = Restore(Request("bridged", set:
        [
            ("objective", "energy"), ("input", "mesh-grid"), ("input-noise", "0.03"), ("channels-down", "8,8,8,8,8"), ("channels-up", "8,8,8,8,8"), ("channels-skip", "0,0,0,0,0"),
            ("filter-skip", "1"), ("padding", "reflection"), ("activation", "leaky-relu"), ("bias", "true"), ("upsample", "nearest"), ("ensemble", "1"), few,
        ]));
        Assert.Equal(Part(bridged, IsWide), Part(both, IsWide));
        Assert.Equal(PictureReader.Read(Request("").PicturePath, 1 << 20).Samples.Where((_, i) => IsKnown(i % Width)), Part(both, IsKnown));
        Assert.EndsWith("at iteration 10, after 10 of the bridge", both.StoppedBy, StringComparison.Ordinal);
        var after = Restore(Request("after", picture: Renamed(bridged), mask: Mask("narrow.png", IsNarrow), few));
        Assert.Empty(after.Warnings);
        Assert.InRange(Distance(Part(after, IsNarrow), Part(both, IsNarrow)), 0, 0.002);
        Assert.True(Distance(Part(bridged, IsNarrow), Part(both, IsNarrow)) > 0.02);
    }

    /// <summary>While it is bridged, right after, and while the rest is filled, by the first network and by the second.</summary>
    [Theory]
    [InlineData(10)]
    [InlineData(30)]
    [InlineData(40)]
    [InlineData(55)]
    public void Restore_CancelledThenResumed_GivesTheBytesOfOneThatWasNot(int at)
    {
        var whole = Restore(Request("whole", set: ("ensemble", "2")));
        var request = Request("out", set: ("ensemble", "2"));
        using var cancellation = new CancellationTokenSource();
        var positions = new List<int>();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(
            request with { Checkpointed = s => positions.Add(s.Iteration) },
            p => CancelAt(at, p, cancellation),
            cancellation: cancellation.Token));
        Assert.Equal(at >= Each ? [Each, at] : [at], positions);
        var notices = new List<string>();
        var progress = new List<RestorationProgress>();
        var resumed = new PictureRestorer(new Hasty()).Restore(request with { Resume = true }, progress.Add, n => notices.Add(n.Message), Now);
        Assert.Equal($"Resumed from the checkpoint at iteration {at}.", Assert.Single(notices));
        Assert.Equal(whole.Output.Sha256, resumed.Output.Sha256);
        Assert.Equal((whole.Iterations, whole.Energy.Curve!.Count), (resumed.Iterations, resumed.Energy.Curve!.Count));
        Assert.Equal([.. new[] { 10, 20, 30, 40, 45, 55, 60 }.Where(n => n > at)], progress.Select(p => p.Iteration));
        Assert.All(progress, p => Assert.Equal(2 * Each, p.Iterations));
        Assert.Equal(TimeSpan.Zero, progress[^1].Remaining);
    }

    [Fact]
    public void Restore_ResumedWhereTheFillingWasDamaged_StartsAnew()
    {
        var whole = Restore(Request("whole"));
        var request = Request("out");
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(request, p => CancelAt(40, p, cancellation), cancellation: cancellation.Token));
        using (var zip = ZipFile.Open(Directory.GetFiles(request.OutputFolder, "checkpoint.zip", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Single(), ZipArchiveMode.Update))
        {
            zip.GetEntry("bridge")!.Delete();
        }

        var notices = new List<string>();
        var resumed = new PictureRestorer(TimeProvider.System).Restore(request with { Resume = true }, notice: n => notices.Add(n.Message), cancellation: Now);
        Assert.EndsWith("is damaged (what was bridged before is missing); what it is of starts anew.", Assert.Single(notices), StringComparison.Ordinal);
        Assert.Equal((whole.Output.Sha256, whole.Iterations), (resumed.Output.Sha256, resumed.Iterations));
    }

    [Theory]
    [InlineData("bridge")]
    [InlineData("blind-spot")]
    public void Restore_AWideHole_LeavesNoTensor(string how)
    {
        Restore(Request("first", set: ("wide-holes", how)));
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Restore(Request("second", set: ("wide-holes", how)));
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    /// <summary>Its first tile has both holes, the other none: cancelled while the first is bridged, right after, and in the run after that. Its 60 iterations count as 30.</summary>
    [Theory]
    [InlineData(10, 20)]
    [InlineData(15, 30)]
    [InlineData(20, 40)]
    public void Restore_InTiles_GoesOnInTheTileThatIsFittedTwice_AndNeverFalls(int position, int iteration)
    {
        (string, string)[] tiles = [("tile", "96"), ("tile-overlap", "8")];
        var all = new List<RestorationProgress>();
        var whole = new PictureRestorer(new Hasty()).Restore(Request("whole", set: tiles), all.Add, cancellation: Now);
        Assert.True(whole.Tiles!.Count > 1);
        Assert.Equal((1 + whole.Tiles.Count) * Each, whole.Iterations);
        Assert.EndsWith("as asked.", Assert.Single(whole.Warnings), StringComparison.Ordinal);
        Assert.Equal([.. all.Select(p => p.Iteration).Order()], all.Select(p => p.Iteration));
        Assert.All(all, p => Assert.InRange(p.Iteration, 1, p.Iterations));

        var request = Request("out", set: tiles);
        using var cancellation = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new PictureRestorer(new Hasty()).Restore(
            request,
            p => CancelAt(position, p, cancellation),
            cancellation: cancellation.Token));
        var notices = new List<string>();
        var resumed = new PictureRestorer(TimeProvider.System).Restore(request with { Resume = true }, notice: n => notices.Add(n.Message), cancellation: Now);
        Assert.Equal([$"Resumed after 0 of {whole.Tiles.Count} tiles.", $"Tile 1: Resumed from the checkpoint at iteration {iteration}."], notices);
        Assert.Equal(whole.Output.Sha256, resumed.Output.Sha256);
        Assert.Equal(whole.Iterations, resumed.Iterations);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static RestorationMetrics Restore(RestorationRequest request) => new PictureRestorer(TimeProvider.System).Restore(request, cancellation: Now);

    private static void CancelAt(int iteration, RestorationProgress p, CancellationTokenSource cancellation)
    {
        if (p.Iteration == iteration)
        {
            cancellation.Cancel();
        }
    }

    private static bool IsKnown(int x) => !IsWide(x) && !IsNarrow(x);

    private static bool IsWide(int x) => x is >= 4 and < 44;

    private static bool IsNarrow(int x) => x is >= 62 and < 66;

    private static float[] Part(RestorationMetrics metrics, Func<int, bool> of) => [.. PictureReader.Read(metrics.Output.Path, 1 << 20).Samples.Where((_, i) => of(i % Width))];

    private static double Distance(float[] a, float[] b) => Math.Sqrt(a.Zip(b, (x, y) => Math.Pow(x - y, 2)).Average());

    private string Renamed(RestorationMetrics metrics)
    {
        var path = Path.Join(_folder, "filled.png");
        File.Copy(metrics.Output.Path, path);
        return path;
    }

    private string Mask(string name, Func<int, bool> isHole)
    {
        var path = Path.Join(_folder, name);
        PictureWriter.WritePng(new Picture(Width, Height, 1, 8, [.. Enumerable.Range(0, Width * Height).Select(i => isHole(i % Width) ? 0f : 1f)]), path);
        return path;
    }

    private RestorationRequest Request(string output, string? picture = null, string? mask = null, params (string Name, string Value)[] set)
    {
        if (picture is null)
        {
            picture = Path.Join(_folder, "scene.png");
            // In 16 bits, so that a picture that was written and read again is nearly what it was.
            PictureWriter.WritePng(new Picture(Width, Height, 3, 16, Scenes.Waves(Width, Height, 3)), picture);
        }

        return new()
        {
            PicturePath = picture,
            Plugin = new InpaintingPlugin(),
            Preset = "fast",
            Options = OptionResolver.Resolve(new InpaintingPlugin().Descriptor, "fast",
            [
                new("channels-down", "8,8"), new("channels-up", "8,8"), new("iterations", $"{Each}"), new("threads", "1"), new("precision", "float32"), new("checkpoint-every", "1000"),
                .. set.Select(o => KeyValuePair.Create(o.Name, o.Value)),
            ]),
            CompanionPaths = new Dictionary<string, string> { ["mask"] = mask ?? Mask("mask.png", x => IsWide(x) || IsNarrow(x)) },
            OutputFolder = Path.Join(_folder, output),
        };
    }
}
