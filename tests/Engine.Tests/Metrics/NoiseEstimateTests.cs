using DipPipeline.Engine.Metrics;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Metrics;

public sealed class NoiseEstimateTests
{
    [Theory]
    [InlineData(3, 0.02)]
    [InlineData(3, 0.1)]
    [InlineData(3, 0.2)]
    [InlineData(1, 0.1)]
    public void Sigma_SceneWithNoise_IsWithinThreePercent(int channels, double sigma)
    {
        using var scope = NewDisposeScope();
        var scene = Scene(channels);
        var noisy = scene + (sigma * randn(scene.shape, generator: new Generator(1, CPU)));
        Assert.Equal(sigma, NoiseEstimate.Sigma(noisy)!.Value, 0.03 * sigma);
    }

    [Fact]
    public void Sigma_SmallPicture_IsWithinFifteenPercent()
    {
        using var scope = NewDisposeScope();
        var scene = Scene(3).narrow(2, 0, 32).narrow(3, 0, 40);
        var noisy = scene + (0.1 * randn(scene.shape, generator: new Generator(3, CPU)));
        Assert.Equal(0.1, NoiseEstimate.Sigma(noisy)!.Value, 0.015);
    }

    [Fact]
    public void Sigma_HalfOfThePixelsKnown_LooksOnlyAtWholePatches()
    {
        using var scope = NewDisposeScope();
        var scene = Scene(3);
        var noisy = scene + (0.1 * randn(scene.shape, generator: new Generator(2, CPU)));
        var known = ones(1, 1, 128, 160);
        known.narrow(3, 80, 80).zero_();
        Assert.Equal(0.1, NoiseEstimate.Sigma(noisy * known, known)!.Value, 0.01);
    }

    [Fact]
    public void Sigma_PictureOfTheSmallestSize_IsUnknownRatherThanAGuess()
    {
        using var scope = NewDisposeScope();
        Assert.Null(NoiseEstimate.Sigma(rand(1, 3, 8, 8)));
    }

    // Shading, an edge and a fine grating.
    private static Tensor Scene(int channels)
    {
        var (y, x) = (linspace(0, 1, 128).unsqueeze(1), linspace(0, 1, 160).unsqueeze(0));
        return (0.5 + (0.2 * (x * 5).sin()) + (0.2 * (x > y).to(float32)) + (0.05 * (x * 300).sin())).expand(1, channels, 128, 160);
    }
}
