using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Tests.Imaging;
using DipPipeline.Engine.Tiling;
using TorchSharp;

namespace DipPipeline.Engine.Tests.Tiling;

public sealed class TileBlendTests : IDisposable
{
    private const int Width = 300, Height = 210;

    private static readonly TileGrid s_grid = new(1, 4);

    private readonly TemporaryFolder _folder = new();

    private readonly TileLayout _layout = new(s_grid.Cut(Width, Height, 96, 16), Width, Height, s_grid);

    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Bands_OfAConstant_AreConstant(int depth)
    {
        var value = depth == 8 ? 77 / 255f : 12345 / 65535f;
        var picture = Blend(3, depth, (_, _, _, _) => value);
        Assert.All(PictureRows.Interleaved(picture, 0, Height, bigEndian: false).Chunk(depth / 8).Distinct(new Same()), pixel =>
            Assert.Equal(depth == 8 ? 77 : 12345, depth == 8 ? pixel[0] : BitConverter.ToUInt16(pixel)));
    }

    /// <summary>Tiles that agree where they overlap are the picture they were cut from, sample for sample.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    public void Bands_OfTilesOfOnePicture_AreThatPicture(int depth)
    {
        var noise = Samples.Noise(Width, Height, 3, depth);
        var picture = Blend(3, depth, (_, c, x, y) => noise.Plane(c)[(y * Width) + x]);
        Assert.Equal(PictureRows.Interleaved(noise, 0, Height, false), PictureRows.Interleaved(picture, 0, Height, false));
    }

    /// <summary>Tiles of different brightness: no step at any border is larger than the ramp's own.</summary>
    [Fact]
    public void Bands_OfTilesThatDisagree_ChangeSmoothly()
    {
        var columns = _layout.Across.Count;
        var picture = Blend(1, 16, (tile, _, _, _) => ((tile % columns) + (tile / columns)) % 2 == 0 ? 0.4f : 0.6f);
        var plane = picture.Samples;
        const double most = 0.2 * Math.PI / 2 / 16 * 1.05;
        for (var y = 1; y < Height; y++)
        {
            for (var x = 1; x < Width; x++)
            {
                var at = (y * Width) + x;
                Assert.InRange(Math.Abs(plane[at] - plane[at - 1]), 0, most);
                Assert.InRange(Math.Abs(plane[at] - plane[at - Width]), 0, most);
            }
        }

        Assert.True(plane.Max() - plane.Min() > 0.19);
    }

    [Fact]
    public void Open_ATileCutShort_OrOfAnotherPlan_OrAbsent_IsNone()
    {
        Blend(1, 8, (_, _, _, _) => 0.5f);
        var path = TilePath(0);
        Assert.NotNull(Opened(path, 1));
        Assert.Null(Opened(path, 3));
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        Assert.Null(Opened(path, 1));
        File.WriteAllBytes(path, []);
        Assert.Null(Opened(path, 1));
        Assert.Null(Opened(path + "x", 1));
    }

    [Fact]
    public void Runs_OfTilesThatStoppedAtDifferentTimes_AreSummedAndTheirCurveIsTheMean()
    {
        TileRun[] runs =
        [
            new(20, 20, "discrepancy principle at iteration 20: residual 1", 4, 2, 0, null, [new(10, 4, 20), new(20, 2, 30)]),
            new(40, 30, "last iteration, 40: residual 2", 8, 4, 1, "hole", [new(10, 8, 20), new(20, 6, 20), new(30, 5, 20), new(40, 4, 30)]),
            new(20, 20, "discrepancy principle at iteration 10: residual 3", 6, 6, 0, null, [new(10, 6, 20), new(20, 6, 30)]),
        ];
        var all = new TileRuns(runs);
        Assert.Equal((80, 70, 1), (all.Iterations, all.ChosenIteration, all.Divergences));
        Assert.Equal((6.0, 4.0), (all.FirstEnergy, all.LastEnergy));
        Assert.Equal("discrepancy principle in 2 of 3 tiles; last iteration in 1 of 3 tiles", all.StoppedBy);
        Assert.Equal([(10, 6.0), (20, 14 / 3.0), (30, 13 / 3.0), (40, 4.0)], all.Curve().Select(p => (p.Iteration, p.Energy)));
        Assert.Equal(30, all.Curve()[^1].Psnr!.Value, 6);
        Assert.Equal(["hole"], all.Warnings);
    }

    [Fact]
    public void StoppedBy_OfEnsembles_SaysThatItIsOfTheLastNetwork()
    {
        string[] ended = ["held-out risk at iteration 90: least at 50, none lower for 40 (the last of 2 networks, by its own iterations; 2 of them ended before their last iteration)",
            "last iteration, 100: held-out risk least at 80 (the last of 2 networks, by its own iterations; 1 of them ended before their last iteration)"];
        var all = new TileRuns([.. ended.Select(by => new TileRun(20, 20, by, 4, 2, 0, null, [new(10, 4, 20)]))]);
        Assert.Equal("held-out risk of the last network in 1 of 2 tiles; last iteration of the last network in 1 of 2 tiles", all.StoppedBy);
    }

    public void Dispose() => _folder.Dispose();

    private string TilePath(int tile) => _folder.File($"{tile}.tile");

    private TileFile? Opened(string path, int channels)
    {
        var file = TileFile.Open(path, _layout.Plan, channels);
        file?.Dispose();
        return file;
    }

    private Picture Blend(int channels, int depth, Func<int, int, int, int, float> valueAt)
    {
        var plan = _layout.Plan;
        Assert.True(plan.Count >= 9);
        for (var tile = 0; tile < plan.Count; tile++)
        {
            var (left, top) = _layout.Place(tile);
            using var x = torch.tensor(
                (float[])[.. from c in Enumerable.Range(0, channels) from v in Enumerable.Range(0, plan.Height) from u in Enumerable.Range(0, plan.Width) select valueAt(tile, c, left + u, top + v)],
                [1, channels, plan.Height, plan.Width]);
            TileFile.Write(TilePath(tile), new TileRun(1, 1, "fixed", 1, 1, 0, null, []), x);
        }

        var bands = new TileBlend(_layout, channels, depth, tile => TileFile.Open(TilePath(tile), plan, channels)!).Bands().ToArray();
        Assert.Equal(Height, bands.Sum(b => b.Height));
        return new Picture(Width, Height, channels, depth, [.. Enumerable.Range(0, channels).SelectMany(c => bands.SelectMany(b => b.Plane(c).ToArray()))]);
    }

    private sealed class Same : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj) => obj[0];
    }
}
