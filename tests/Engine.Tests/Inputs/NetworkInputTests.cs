using DipPipeline.Engine.Inputs;
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

    private static NetworkInput Create(InputSettings settings) =>
        NetworkInput.Create(settings, 32, 64, rand([1, 3, 16, 32], generator: new Generator(3, CPU)), float32, CPU, new Generator(0, CPU));
}
