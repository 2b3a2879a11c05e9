using DipPipeline.Contracts.Tasks;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Tests.Imaging;

namespace DipPipeline.Engine.Tests.Metrics;

public class BaselinesTests
{
    [Fact]
    public void Compute_None_IsNull() => Assert.Null(Baselines.Compute(BaselineMethod.None, Samples.Smooth(16, 16), null, 1, 0));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Compute_NonLocalMeans_RemovesMostOfTheNoise(int channels)
    {
        var clean = Samples.Smooth(96, 96, channels);
        var noisy = QualityMetricsTests.Noisy(clean, 25 / 255f);

        var result = Baselines.Compute(BaselineMethod.NonLocalMeans, noisy, null, 1, 25)!;

        Assert.True(Psnr.Of(result.Samples, clean.Samples) > Psnr.Of(noisy.Samples, clean.Samples) + 6);
    }

    [Fact]
    public void Compute_NonLocalMeansWithoutNoise_ChangesHardlyAnything()
    {
        var clean = Samples.Smooth(32, 32);

        Assert.True(Psnr.Of(Baselines.Compute(BaselineMethod.NonLocalMeans, clean, null, 1, 0)!.Samples, clean.Samples) > 40);
    }

    [Fact]
    public void Compute_Bicubic_HasTheFactorsSizeAndInterpolates()
    {
        var fine = Samples.Smooth(64, 48);
        var coarse = new Picture(16, 12, 3, 8, [.. Enumerable.Range(0, 3 * 12 * 16).Select(n =>
            fine.Plane(n / 192)[(n / 16 % 12 * 4 + 1) * 64 + n % 16 * 4 + 1])]);

        var result = Baselines.Compute(BaselineMethod.Bicubic, coarse, null, 4, 0)!;

        Assert.Equal((64, 48), (result.Width, result.Height));
        Assert.True(Psnr.Of(result.Samples, fine.Samples) > 25);
    }

    [Theory]
    [InlineData(1, 8)]
    [InlineData(3, 16)]
    public void Compute_Telea_FillsHolesAndKeepsTheRest(int channels, int bitDepth)
    {
        var smooth = Samples.Smooth(64, 64, channels);
        float[] mask = [.. Enumerable.Range(0, 64 * 64).Select(n => n % 64 is > 28 and < 34 ? 0f : 1f)];
        var holed = new Picture(64, 64, channels, bitDepth, [.. smooth.Samples.Select((v, n) => v * mask[n % mask.Length])]);

        var result = Baselines.Compute(BaselineMethod.Telea, holed, mask, 1, 0)!;

        Assert.True(Psnr.Of(result.Samples, smooth.Samples) > 30);
        Assert.All(Enumerable.Range(0, result.Samples.Length).Where(n => mask[n % mask.Length] == 1), n => Assert.Equal(holed.Samples[n], result.Samples[n]));
    }

    [Fact]
    public void Compute_TeleaWithoutMask_Throws() =>
        Assert.Throws<ArgumentNullException>(() => Baselines.Compute(BaselineMethod.Telea, Samples.Smooth(16, 16), null, 1, 0));
}
