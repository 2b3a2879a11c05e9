using DipPipeline.Engine.Inputs;
using DipPipeline.Engine.Networks;
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
    [InlineData(InputKind.Fourier, 24)]
    [InlineData(InputKind.Picture, 3)]
    public void Next_EachKind_HasItsChannelsAndTheDevicesMemoryFormat(InputKind kind, int channels)
    {
        using var scope = NewDisposeScope();
        var settings = new InputSettings { Kind = kind, Channels = 6 };
        using var input = Create(settings);
        var z = input.Next(0);
        Assert.Equal([1, channels, 32, 64], z.shape);
        Assert.Equal(channels, settings.ChannelsAt(32, 64, 3));
        Assert.Equal(MemoryFormat.IsChannelsLast(CPU) ? 1 : 32 * 64, z.stride(1));
    }

    [Fact]
    public void Next_UniformNoise_FillsZeroToScale()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.NoiseUniform, Scale = 0.1 });
        var z = input.Next(0);
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
        var (z, a, b) = (still.Next(0), moving.Next(1), moving.Next(2));
        Assert.True(moving.Next(1).equal(a).all().item<bool>());
        Assert.Equal(0.03, (a - z).std().item<float>(), 1e-3);
        Assert.Equal(0.03 * Math.Sqrt(2), (a - b).std().item<float>(), 1e-3);
    }

    /// <summary>No two positions look the same, so that the network can tell them apart.</summary>
    [Fact]
    public void Next_FourierFeatures_TellEveryPositionFromEveryOther()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.Fourier });
        var features = input.Next(0)[0].reshape(24, -1).t();
        var distances = cdist(features, features) + (10 * eye(features.shape[0]));
        Assert.True(distances.min().item<float>() > 0.1);
    }

    [Fact]
    public void Next_NormalNoise_HasTheScaleAsItsDeviation()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.NoiseNormal, Scale = 0.1, Channels = 6 });
        var z = input.Next(0);
        Assert.Equal(0, z.mean().item<float>(), 5e-3);
        Assert.Equal(0.1, z.std().item<float>(), 5e-3);
    }

    [Fact]
    public void Next_MeshGrid_IsXAndYFromZeroToOne()
    {
        using var scope = NewDisposeScope();
        using var input = Create(new InputSettings { Kind = InputKind.MeshGrid });
        var z = input.Next(0);
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
        var z = input.Next(0);
        Assert.True((z.narrow(2, size.Top, 20).narrow(3, size.Left, 40) - picture).abs().max().item<float>() < 1e-6);
        Assert.Equal(z[0, 0, size.Top, 30].item<float>(), z[0, 0, 0, 30].item<float>());
    }

    [Fact]
    public void Next_ALoneChannelBesideZ_IsInTheDevicesOrder()
    {
        using var scope = NewDisposeScope();
        var guide = rand([1, 1, 32, 64], generator: new Generator(3, CPU));
        using var input = NetworkInput.Create(
            new InputSettings { Kind = InputKind.NoiseUniform, Channels = 3 }, new WorkingSize(32, 64, 32, 64), guide, float32, CPU, new Generator(0, CPU), guideChannels: 1);
        var shown = input.Next(0, guide);
        Assert.Equal(MemoryFormat.Fastest(shown.clone()).stride(), shown.stride());
    }

    [Theory]
    [InlineData(InputKind.None, 1, 3)]
    [InlineData(InputKind.MeshGrid, 1, 5)]
    [InlineData(InputKind.None, 2, 12)]
    [InlineData(InputKind.MeshGrid, 2, 14)]
    public void Next_Guide_FollowsZAtTheNetworksResolution(InputKind kind, int shuffle, int channels)
    {
        using var scope = NewDisposeScope();
        var guide = rand([1, 3, 32, 64], generator: new Generator(3, CPU));
        using var input = NetworkInput.Create(
            new InputSettings { Kind = kind }, new WorkingSize(32, 64, 32, 64), guide, float32, CPU, new Generator(0, CPU), 0, shuffle, guideChannels: 3);
        var shown = input.Next(0, guide);
        Assert.Equal(channels, input.Channels);
        Assert.Equal([1, channels, 32 / shuffle, 64 / shuffle], shown.shape);
        var back = nn.functional.pixel_shuffle(shown.narrow(1, channels - (3 * shuffle * shuffle), 3 * shuffle * shuffle), shuffle);
        Assert.True((back - guide).abs().max().item<float>() == 0);
    }

    private static NetworkInput Create(InputSettings settings) =>
        NetworkInput.Create(settings, new WorkingSize(32, 64, 32, 64), rand([1, 3, 16, 32], generator: new Generator(3, CPU)), float32, CPU, new Generator(0, CPU));
}
