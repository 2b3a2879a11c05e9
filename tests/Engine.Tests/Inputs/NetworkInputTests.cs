using DipPipeline.Engine.Inputs;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Inputs;

public sealed class NetworkInputTests
{
    [Theory]
    [InlineData(InputKind.NoiseUniform, 6)]
    [InlineData(InputKind.NoiseNormal, 6)]
    [InlineData(InputKind.MeshGrid, 2)]
    [InlineData(InputKind.Fourier, 28)]
    [InlineData(InputKind.Picture, 3)]
    public void Next_EachKind_HasItsChannelsAndChannelsLastStrides(InputKind kind, int channels)
    {
        using var scope = NewDisposeScope();
        var settings = new InputSettings { Kind = kind, Channels = 6 };
        using var input = Create(settings);
        var z = input.Next(new Generator(1, CPU));
        Assert.Equal([1, channels, 32, 64], z.shape);
        Assert.Equal(channels, settings.ChannelsAt(32, 64, 3));
        Assert.Equal(1, z.stride(1));
    }

    [Fact]
    public void Next_UniformNoise_FillsZeroToScale()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.NoiseUniform, Scale = 0.1 });
        var z = input.Next(new Generator(1, CPU));
        Assert.InRange(z.min().item<float>(), 0, 0.001);
        Assert.InRange(z.max().item<float>(), 0.099, 0.1);
        Assert.Equal(0.05, z.mean().item<float>(), 1e-3);
    }

    [Fact]
    public void Next_Perturbed_DrawsAnewAroundTheSameInput()
    {
        using var scope = NewDisposeScope();
        using var still = Create(new InputSettings());
        using var moving = Create(new InputSettings { Noise = 0.03 });
        var generator = new Generator(2, CPU);
        var (z, a, b) = (still.Next(generator), moving.Next(generator).clone(), moving.Next(generator));
        Assert.Equal(0.03, (a - z).std().item<float>(), 1e-3);
        Assert.Equal(0.03 * Math.Sqrt(2), (a - b).std().item<float>(), 1e-3);
    }

    /// <summary>No two positions look the same, so that the network can tell them apart.</summary>
    [Fact]
    public void Next_FourierFeatures_TellEveryPositionFromEveryOther()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.Fourier });
        var features = input.Next(new Generator(1, CPU))[0].reshape(28, -1).t();
        var distances = cdist(features, features) + (10 * eye(features.shape[0]));
        Assert.True(distances.min().item<float>() > 0.1);
    }

    [Fact]
    public void Next_NormalNoise_HasTheScaleAsItsDeviation()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.NoiseNormal, Scale = 0.1, Channels = 6 });
        var z = input.Next(new Generator(1, CPU));
        Assert.Equal(0, z.mean().item<float>(), 5e-3);
        Assert.Equal(0.1, z.std().item<float>(), 5e-3);
    }

    [Fact]
    public void Next_MeshGrid_IsXAndYFromZeroToOne()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.MeshGrid });
        var z = input.Next(new Generator(1, CPU));
        Assert.Equal([0f, 0f], new[] { z[0, 0, 31, 0].item<float>(), z[0, 1, 0, 63].item<float>() });
        Assert.Equal([1f, 1f], new[] { z[0, 0, 0, 63].item<float>(), z[0, 1, 31, 0].item<float>() });
    }

    /// <summary>What the network sees at a place is what it is to make there, although it works at a larger size.</summary>
    [Fact]
    public void Next_Picture_LiesWhereTheOutputWillBeCropped()
    {
        using var scope = NewDisposeScope();
        var size = new WorkingSize(32, 64, 20, 40);
        var picture = rand([1, 3, 20, 40], generator: new Generator(3, CPU));
        using var input = NetworkInput.Create(new InputSettings { Kind = InputKind.Picture }, size, picture, float32, CPU, new Generator(0, CPU));
        var z = input.Next(new Generator(1, CPU));
        Assert.True((z.narrow(2, size.Top, 20).narrow(3, size.Left, 40) - picture).abs().max().item<float>() < 1e-6);
        Assert.Equal(z[0, 0, size.Top, 30].item<float>(), z[0, 0, 0, 30].item<float>());
    }

    private static NetworkInput Create(InputSettings settings) =>
        NetworkInput.Create(settings, new WorkingSize(32, 64, 32, 64), rand([1, 3, 16, 32], generator: new Generator(3, CPU)), float32, CPU, new Generator(0, CPU));
}
