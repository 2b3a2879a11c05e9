using DipPipeline.Cli.Archive;
using DipPipeline.Engine.Imaging;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Cli.Tests.Archive;

public sealed class DryRunTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly Dip _dip;

    public DryRunTests()
    {
        _dip = new Dip { Time = _time };
        // An engine that takes a second, and a millisecond for every pixel.
        _dip.Restorer.During = (request, _, _) =>
        {
            var header = PictureReader.Probe(request.PicturePath);
            _time.Advance(TimeSpan.FromSeconds(1 + header.Width * header.Height / 1000.0));
        };
    }

    public void Dispose() => _dip.Dispose();

    [Fact]
    public void DryRun_MixedSizes_EstimatesWhatTheyWouldTake_AndEntersNothing()
    {
        int[] sides = [.. Enumerable.Range(0, 60).Select(n => 10 + n * 7 % 50)];
        for (var n = 0; n < sides.Length; n++)
        {
            Draw($"scans/{n:00}.png", sides[n]);
        }

        var ran = _dip.Run("archive", "run", Path.Join(_dip.Folder, "watch/scans"), "--task", "denoise", "--watch", Path.Join(_dip.Folder, "watch"), "--out", _dip.Out,
            "--dry-run", "--workers", "4", "--price", "2.5", "--json");

        Assert.Equal(0, ran.Code);
        var estimate = System.Text.Json.JsonDocument.Parse(ran.Out).RootElement;
        var seconds = sides.Sum(s => 1 + s * s / 1000.0);
        Assert.Equal(60, estimate.GetProperty("toDo").GetInt32());
        Assert.Equal(seconds / 3600, estimate.GetProperty("workerHours").GetDouble(), seconds / 3600 * 0.001);
        Assert.Equal(seconds / 3600 * 2.5, estimate.GetProperty("cost").GetDouble(), 0.001);
        Assert.Equal(_time.GetUtcNow().AddSeconds(seconds / 4), estimate.GetProperty("finishAt").GetDateTimeOffset(), TimeSpan.FromSeconds(1));
        // Five over the sizes; the first of the process twice.
        Assert.Equal(5, estimate.GetProperty("pilot").GetArrayLength());
        Assert.Equal(6, _dip.Restorer.Requests.Count);
        Assert.False(Directory.Exists(_dip.Out));
        Assert.All(_dip.Restorer.Requests, r => Assert.False(Directory.Exists(r.OutputFolder)));
    }

    [Fact]
    public void DryRun_ALinkThatLeadsOut_IsAsGoodAsMissing_AndTheOthersAreCounted()
    {
        Draw("scans/a.png", 8);
        File.CreateSymbolicLink(Path.Join(_dip.Folder, "watch/scans/out.png"), "/etc/hostname");

        var ran = Survey("scans/a.png", "scans/out.png");

        Assert.Equal(0, ran.Code);
        Assert.Matches(@"(?m)^not there +1: '.*scans/out.png' leads out of the storage, to '/etc/hostname'; accepted: files and links within '.*'\.$", ran.Out);
        Assert.Matches(@"(?m)^to do +1$", ran.Out);
    }

    [Fact]
    public void DryRun_Missing_IsCountedAndNamed_AndWithoutAPilotNoTimeIsSaid()
    {
        Draw("scans/a.png", 8);

        var ran = Survey("scans/a.png", "scans/gone.png");

        Assert.Equal(0, ran.Code);
        Assert.Matches(@"(?m)^not there +1: scans/gone.png$", ran.Out);
        Assert.Matches(@"(?m)^to do +1$", ran.Out);
        Assert.Matches(@"(?m)^time +not known: no picture was restored$", ran.Out);
        Assert.Empty(_dip.Restorer.Requests);
    }

    [Theory]
    [InlineData(new[] { 100.0, 200, 300 }, new[] { 2.0, 3, 4 }, 1, 0.01)]
    [InlineData(new[] { 100.0 }, new[] { 2.0 }, 0, 0.02)]
    [InlineData(new[] { 100.0, 100 }, new[] { 2.0, 4 }, 0, 0.03)]
    [InlineData(new[] { 100.0, 200 }, new[] { 4.0, 2 }, 3, 0)]
    [InlineData(new[] { 100.0, 200 }, new[] { 1.0, 4 }, 0, 0.018)]
    public void SizeFit_NeverGoesBelowNothing(double[] pixels, double[] seconds, double constant, double perPixel)
    {
        var fit = SizeFit.Of([.. pixels.Zip(seconds)]);
        Assert.Equal((constant, perPixel), (Math.Round(fit.Constant, 6), Math.Round(fit.PerPixel, 6)));
    }

    /// <summary>A dry run of these pictures, of which none is restored.</summary>
    private Ran Survey(params string[] paths)
    {
        var manifest = Path.Join(_dip.Folder, "scans.csv");
        File.WriteAllLines(manifest, ["path", .. paths]);
        return _dip.Run("archive", "run", manifest, "--task", "denoise", "--watch", Path.Join(_dip.Folder, "watch"), "--out", _dip.Out, "--dry-run", "--pilot", "0");
    }

    private void Draw(string name, int side)
    {
        var path = Path.Join(_dip.Folder, "watch", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        PictureWriter.WritePng(new Picture(side, side, 1, 8, new float[side * side]), path);
    }
}
