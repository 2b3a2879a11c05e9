using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Networks;

namespace DipPipeline.Engine.Tests.Metrics;

public sealed class KnownLimitsTests
{
    private static readonly NetworkSettings s_twoScales = new() { Down = [8, 8], Up = [8, 8], Skip = [0, 0], Upsampling = Upsampling.Nearest };

    [Fact]
    public void ReceptiveField_TwoScalesOfThree_IsTwentyFivePixels()
    {
        // 1 + encoder 2·(1 + 2) + 2·(2 + 4) + decoder 2·1 + 2·2.
        Assert.Equal(25, s_twoScales.ReceptiveField);
    }

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

        var warning = KnownLimits.WideHole(known, 100, 100, s_twoScales);
        Assert.Equal(warns, warning is not null);
        Assert.True(!warns || warning!.Contains("receptive field of 25", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.01, 0.05, false)]
    [InlineData(0.04, 0.05, true)]
    [InlineData(0.0, 0.0, false)]
    public void MostlyNoise_Variances_WarnsWhereNoiseOutweighsThePicture(double noise, double total, bool warns) =>
        Assert.Equal(warns, KnownLimits.MostlyNoise(noise, total) is not null);
}
