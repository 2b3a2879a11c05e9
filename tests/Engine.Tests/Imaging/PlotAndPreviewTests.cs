using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

public class PlotAndPreviewTests
{
    private static readonly CurvePoint[] Falling =
        [.. Enumerable.Range(0, 100).Select(n => new CurvePoint(n * 20, 0.1 * Math.Exp(-n / 15.0) + 1e-4, null))];

    private static readonly CurvePoint[] WithPsnr =
        [.. Falling.Select(point => point with { Psnr = 30 - 20 * Math.Exp(-point.Iteration / 400.0) - point.Iteration / 900.0 })];

    [Fact]
    public void CurvePlot_WithPsnr_DrawsBothCurvesAndTheChosenIterate()
    {
        var plot = Plot(WithPsnr, 700);

        Assert.Equal((CurvePlot.Width, CurvePlot.Height, 3), (plot.Width, plot.Height, plot.Channels));
        Assert.True(Count(plot, Blue) > 1000 && Count(plot, Orange) > 1000 && Count(plot, Green) > 400);
    }

    [Fact]
    public void CurvePlot_WithoutPsnr_HasNoRightAxis() => Assert.Equal(0, Count(Plot(Falling, 700), Orange));

    [Fact]
    public void CurvePlot_AnotherIterateChosen_MovesTheLine()
    {
        var early = Centre(Plot(Falling, 200));
        var late = Centre(Plot(Falling, 1800));

        Assert.True(late - early > 400, $"{early} and {late}");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void CurvePlot_HardlyAnyPoints_StillDraws(int points) => Assert.Equal(CurvePlot.Width, Plot(Falling[..points], 0).Width);

    [Fact]
    public void CurvePlot_EnergiesWithoutLogarithm_AreLeftOut()
    {
        CurvePoint[] odd = [new(0, double.NaN, double.NaN), new(1, 0, null), new(2, 0.5, 20), new(3, double.PositiveInfinity, 21), new(4, 0.25, 22)];

        Assert.True(Count(Plot(odd, 4), Blue) > 100);
    }

    [Fact]
    public void Preview_SuperResolution_ShowsBothAtTheLargerSize()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("x.jpg");

        PreviewImage.Write(path, Samples.Constant(50, 40, 0.2f), Samples.Constant(200, 160, 0.9f, 0.1f, 0.1f));

        var preview = PictureReader.Read(path, 1_000_000);
        Assert.Equal((408, 192), (preview.Width, preview.Height));
        Assert.Equal(0.2f, preview.Plane(1)[120 * 408 + 100], 0.02f);
        Assert.Equal(0.9f, preview.Plane(0)[120 * 408 + 300], 0.02f);
        Assert.Contains(preview.Samples.AsSpan(0, 20 * 408).ToArray(), value => value < 0.5f);
    }

    [Fact]
    public void Preview_LargePictures_AreScaledDown()
    {
        using var folder = new TemporaryFolder();
        var picture = Samples.Constant(3000, 1500, 0.5f);

        PreviewImage.Write(folder.File("x.jpg"), picture, picture);

        var preview = PictureReader.Probe(folder.File("x.jpg"));
        Assert.InRange(preview.Width, 1900, 2010);
        Assert.InRange(preview.Height, 480, 540);
    }

    [Fact]
    public void Preview_Transparent_ShowsACheckerboard()
    {
        using var folder = new TemporaryFolder();
        var clear = new Picture(64, 64, 1, 16, new float[64 * 64], new float[64 * 64]);

        PreviewImage.Write(folder.File("x.jpg"), clear, clear);

        var picture = PictureReader.Read(folder.File("x.jpg"), 1_000_000);
        Assert.All(picture.Plane(0)[(40 * 136)..(41 * 136)].ToArray(), value => Assert.InRange(value, 0.8f, 1f));
    }

    private static Picture Plot(CurvePoint[] points, int chosen)
    {
        using var folder = new TemporaryFolder();
        CurvePlot.Write(folder.File("curve.png"), points, chosen, "photo.png");
        return PictureReader.Read(folder.File("curve.png"), 1_000_000);
    }

    private static bool Blue((float R, float G, float B) c) => c.B > 0.55f && c.R < 0.25f;

    private static bool Orange((float R, float G, float B) c) => c.R > 0.8f && c.B < 0.3f;

    private static bool Green((float R, float G, float B) c) => c.G > 0.5f && c.R < 0.35f && c.B < 0.4f;

    private static IEnumerable<int> Where(Picture picture, Func<(float R, float G, float B), bool> colour) =>
        Enumerable.Range(0, picture.PixelCount).Where(n => colour((picture.Plane(0)[n], picture.Plane(1)[n], picture.Plane(2)[n])));

    private static int Count(Picture picture, Func<(float R, float G, float B), bool> colour) => Where(picture, colour).Count();

    /// <summary>Column with the most green: the vertical line.</summary>
    private static int Centre(Picture plot) => Where(plot, Green).GroupBy(n => n % plot.Width).MaxBy(column => column.Count())!.Key;
}
