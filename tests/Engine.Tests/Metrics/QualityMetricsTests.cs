using DipPipeline.Contracts;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Tests.Imaging;

namespace DipPipeline.Engine.Tests.Metrics;

public class QualityMetricsTests
{
    [Fact]
    public void Compare_SamePicture_IsCappedAndFinite()
    {
        var picture = Samples.Noise(32, 20);

        var quality = QualityMetrics.Compare(picture, picture);

        Assert.Equal((Psnr.Most, Psnr.Most), (quality.Psnr, quality.PsnrY));
        Assert.Equal(1, quality.Ssim, 1e-12);
    }

    [Fact]
    public void Compare_ConstantDifference_MatchesTheHandComputedNumbers()
    {
        // 10·log10(1 / 0.1²) = 20 dB; luma differs by 0.1·219 = 21.9 of 255, 20·log10(255 / 21.9) = 21.3219 dB.
        var quality = QualityMetrics.Compare(Samples.Constant(16, 16, 0.5f, 0.5f, 0.5f), Samples.Constant(16, 16, 0.6f, 0.6f, 0.6f));

        Assert.Equal(20, quality.Psnr, 1e-4);
        Assert.Equal(21.3219, quality.PsnrY, 1e-3);

        // Without variance SSIM is (2ab + C1)/(a² + b² + C1), a = 125.5, b = 147.4, C1 = 6.5025.
        Assert.Equal((2 * 125.5 * 147.4 + 6.5025) / (125.5 * 125.5 + 147.4 * 147.4 + 6.5025), quality.Ssim, 1e-6);
    }

    [Fact]
    public void Compare_OneChannelDiffers_LumaWeighsItByBt601()
    {
        // Red off by 1/255 everywhere: 10·log10(255²·3) = 52.902 dB over all channels; luma off by 65.481/255.
        var quality = QualityMetrics.Compare(Samples.Constant(12, 12, 100 / 255f, 0.5f, 0.5f), Samples.Constant(12, 12, 101 / 255f, 0.5f, 0.5f));

        Assert.Equal(52.902, quality.Psnr, 1e-2);
        Assert.Equal(20 * Math.Log10(255 / (65.481 / 255)), quality.PsnrY, 1e-2);
    }

    [Fact]
    public void Ssim_PatternAgainstFlat_MatchesTheDirectSum()
    {
        // One window only: the direct two-dimensional sums over 11×11 are the definition itself.
        var random = new Random(4);
        double[] x = [.. Enumerable.Range(0, 121).Select(_ => random.Next(256))];
        double[] y = [.. x.Select(value => 0.7 * value + random.Next(40))];
        double[] w = [.. Enumerable.Range(0, 121).Select(n => Math.Exp(-((n % 11 - 5) * (n % 11 - 5) + (n / 11 - 5) * (n / 11 - 5)) / 4.5))];
        var total = w.Sum();
        double Mean(Func<int, double> f) => Enumerable.Range(0, 121).Sum(n => w[n] * f(n)) / total;
        var (mx, my) = (Mean(n => x[n]), Mean(n => y[n]));
        var (vx, vy, c) = (Mean(n => Math.Pow(x[n] - mx, 2)), Mean(n => Math.Pow(y[n] - my, 2)), Mean(n => (x[n] - mx) * (y[n] - my)));
        var expected = (2 * mx * my + 6.5025) * (2 * c + 58.5225) / ((mx * mx + my * my + 6.5025) * (vx + vy + 58.5225));

        Assert.Equal(expected, Ssim.Of(x, y, 11, 11), 1e-9);
    }

    [Fact]
    public void Compare_MoreNoise_EveryNumberFalls()
    {
        var clean = Samples.Smooth(64, 64);
        var (little, much) = (QualityMetrics.Compare(Noisy(clean, 0.02f), clean), QualityMetrics.Compare(Noisy(clean, 0.1f), clean));

        Assert.True(little.Psnr > much.Psnr && little.PsnrY > much.PsnrY && little.Ssim > much.Ssim);
    }

    [Fact]
    public void Compare_IsSymmetric()
    {
        var (a, b) = (Samples.Smooth(40, 30), Noisy(Samples.Smooth(40, 30), 0.05f));

        Assert.Equal(QualityMetrics.Compare(a, b), QualityMetrics.Compare(b, a));
    }

    [Fact]
    public void Compare_DamageInTheBorderOnly_IsCutOff()
    {
        var clean = Samples.Smooth(40, 30);
        var damaged = new Picture(40, 30, 3, 8, [.. clean.Samples.Select((v, n) => n % 40 < 4 || n % 40 >= 36 || n / 40 % 30 < 4 || n / 40 % 30 >= 26 ? 0f : v)]);

        Assert.True(QualityMetrics.Compare(damaged, clean).Psnr < 20);
        Assert.True(QualityMetrics.Compare(damaged, clean, 3).Psnr < Psnr.Most);
        Assert.Equal(Psnr.Most, QualityMetrics.Compare(damaged, clean, 4).Psnr);
    }

    [Fact]
    public void Compare_GrayAgainstTheSameInRgb_IsEqual()
    {
        var gray = Samples.Smooth(20, 20, 1);
        var rgb = new Picture(20, 20, 3, 16, [.. gray.Samples, .. gray.Samples, .. gray.Samples]);

        Assert.Equal(Psnr.Most, QualityMetrics.Compare(gray, rgb).Psnr);
    }

    [Fact]
    public void Compare_EightByEight_HasAnSsim() =>
        Assert.InRange(QualityMetrics.Compare(Samples.Noise(8, 8), Samples.Smooth(8, 8)).Ssim, -1, 1);

    [Fact]
    public void Compare_DifferentSizes_NamesBoth()
    {
        var message = Assert.Throws<RefusedException>(() => QualityMetrics.Compare(Samples.Smooth(20, 20), Samples.Smooth(30, 20))).Message;

        Assert.Contains("20×20", message);
        Assert.Contains("30×20", message);
    }

    [Fact]
    public void Psnr_OneSampleOfFour_MatchesTheFormula() =>
        Assert.Equal(10 * Math.Log10(4 / 0.25), Psnr.Of([0, 0, 0, 0.5f], [0, 0, 0, 0]), 1e-9);

    internal static Picture Noisy(Picture clean, float sigma)
    {
        var random = new Random(7);
        return new(clean.Width, clean.Height, clean.Channels, clean.BitDepth, [.. clean.Samples.Select(value => Math.Clamp(
            value + sigma * (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())), 0, 1))]);
    }
}
