using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Networks;

namespace DipPipeline.Engine.Tests.Metrics;

public sealed class KnownLimitsTests
{
    private static readonly NetworkSettings s_twoScales = new() { Down = [8, 8], Up = [8, 8], Skip = [0, 0], Upsampling = Upsampling.Nearest };

    [Fact]
    public void ReceptiveField_TwoScalesOfThree_IsThatCountedByHand()
    {
        // A pixel comes from 3, they from 2 of the next scale, these from 4, which come from 3 of the coarsest: 4 apart, and each of
        // those sees 1 + 2·(1 + 2) + 2·(2 + 4) = 19.
        Assert.Equal((2 * 4) + 19, s_twoScales.ReceptiveField);
    }

    /// <summary>Bilinear, no filters: a pixel comes from 2 of the next scale, and two neighbours there from 3 of the coarsest, 4 apart.</summary>
    [Fact]
    public void ReceptiveField_DeepDecoderOfTwoScales_IsThatCountedByHand() =>
        Assert.Equal(3 * 4, (s_twoScales with { Kind = NetworkKind.DeepDecoder, Upsampling = Upsampling.Bilinear }).ReceptiveField);

    [Fact]
    public void ReceptiveField_NetworkOfThePaper_Is315Pixels() => Assert.Equal(315, new NetworkSettings
    {
        Down = [128, 128, 128, 128, 128], Up = [128, 128, 128, 128, 128], Skip = [4, 4, 4, 4, 4],
    }.ReceptiveField);

    [Theory]
    [InlineData(10, false)]
    [InlineData(60, true)]
    public void WideHole_SquareHole_WarnsWhereItIsWiderThanTheNetworkSees(int side, bool warns)
    {
        var known = Enumerable.Repeat(1f, 100 * 100).ToArray();
        for (var y = 20; y < 20 + side; y++)
        {
            Array.Fill(known, 0f, (y * 100) + 20, side);
        }

        var hole = KnownLimits.WideHole(known, 100, 100, s_twoScales, left: 1000, top: 2000);
        Assert.Equal(warns, hole is not null);
        if (hole is not null)
        {
            Assert.Contains("receptive field of 27", hole.Warning(), StringComparison.Ordinal);
            Assert.Contains("invented", hole.Warning(), StringComparison.Ordinal);
            var deep = s_twoScales with { Down = [8, 8, 8, 8, 8], Up = [8, 8, 8, 8, 8], Skip = [0, 0, 0, 0, 0] };
            Assert.Contains("5 scales without skips were fitted by the energy for 600 iterations", hole.Warning(deep, 600), StringComparison.Ordinal);
            Assert.Contains("goes on from its border", hole.Warning(deep, 600), StringComparison.Ordinal);
            Assert.Contains("they see 27 pixels, so expect its middle to be smooth", hole.Warning(s_twoScales, 600), StringComparison.Ordinal);
            Assert.Equal((side, 1000 + 20 + (side / 2.0), 2000 + 20 + (side / 2.0)), ((int)Math.Round(hole.Width), hole.X + 0.5, hole.Y + 0.5), (a, b) => Math.Abs(a.Item1 - b.Item1) <= 1 && Math.Abs(a.Item2 - b.Item2) <= 1 && Math.Abs(a.Item3 - b.Item3) <= 1);
        }
    }

    /// <summary>Wide is a hole of 40 pixels to its corners, and the beginning of a scratch that leads into it; not the rest of that, nor a scratch or a dot elsewhere, however near.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void WideHole_BesideScratches_SaysWhichPixelsAreOfIt(bool scratched)
    {
        const int Width = 160;
        var known = Enumerable.Range(0, Width * 100).Select(i => (i % Width, i / Width) is ( >= 20 and < 60, >= 20 and < 60) ? 0f : 1f).ToArray();
        var square = known.Select(k => k == 0).ToArray();
        if (scratched)
        {
            Array.Fill(known, 0f, At(60, 40), Width - 60);
            known[At(63, 25)] = 0;
            foreach (var y in Enumerable.Range(50, 50))
            {
                known[At(90, y)] = known[At(91, y)] = 0;
            }
        }

        var hole = KnownLimits.WideHole(known, Width, 100, s_twoScales)!;
        Assert.Equal(scratched, hole.LeavesOthers);
        Assert.All(Enumerable.Range(0, known.Length).Where(i => square[i]), i => Assert.True(hole.Pixels[i], $"({i % Width}, {i / Width})"));
        Assert.All(Enumerable.Range(0, known.Length).Where(i => known[i] == 1), i => Assert.False(hole.Pixels[i], $"({i % Width}, {i / Width})"));
        Assert.Equal(scratched, hole.Pixels[At(62, 40)]);
        Assert.False(hole.Pixels[At(85, 40)] || hole.Pixels[At(63, 25)] || hole.Pixels[At(90, 55)]);
        Assert.EndsWith("The narrower holes were filled after, as asked.", hole.Warning(s_twoScales, 600, thenOthers: true), StringComparison.Ordinal);

        static int At(int x, int y) => (y * Width) + x;
    }

    /// <summary>A tear to whose tip it is 44 pixels from where the network sees nothing known: one hole.</summary>
    [Fact]
    public void WideHole_ThatTapers_IsWideToItsTip()
    {
        var known = Enumerable.Range(0, 100 * 100).Select(i => i % 100 < 40 - (0.5 * (i / 100)) ? 0f : 1f).ToArray();
        var hole = KnownLimits.WideHole(known, 100, 100, s_twoScales)!;
        Assert.False(hole.LeavesOthers);
        Assert.All(Enumerable.Range(0, known.Length), i => Assert.Equal(known[i] == 0, hole.Pixels[i]));
    }

    /// <summary>The near-black that JPEG makes of a mask's black knows nothing.</summary>
    [Fact]
    public void WideHole_OfNearBlack_IsAHoleAllTheSame() =>
        Assert.NotNull(KnownLimits.WideHole([.. Enumerable.Range(0, 100 * 100).Select(i => i % 100 < 80 ? 0.02f : 1f)], 100, 100, s_twoScales));

    [Theory]
    [InlineData(0.01, 0.05, false)]
    [InlineData(0.04, 0.05, true)]
    [InlineData(0.0, 0.0, false)]
    public void MostlyNoise_Variances_WarnsWhereNoiseOutweighsThePicture(double noise, double total, bool warns) =>
        Assert.Equal(warns, KnownLimits.MostlyNoise(noise, total) is not null);
}
