using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Tests.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class LeanPassTests
{
    [Theory]
    [InlineData("padding=reflection")]
    [InlineData("padding=zero channels-skip=0,0")]
    [InlineData("padding=replication bias=false")]
    [InlineData("activation=relu filter-skip=3")]
    [InlineData("activation=elu up-1x1=false")]
    [InlineData("activation=swish upsample=nearest")]
    [InlineData("downsample=avg")]
    [InlineData("downsample=max")]
    [InlineData("downsample=lanczos2")]
    [InlineData("filter-down=1 channels-skip=1,1")]
    [InlineData("trained=affine")]
    [InlineData("trained=affine downsample=lanczos2")]
    [InlineData("trained=affine downsample=avg channels-skip=0,0")]
    [InlineData("channels-up=8,16 channels-skip=2,3")]
    [InlineData("filter-down=5 filter-up=5")]
    [InlineData("filter-down=5 padding=replication filter-skip=5")]
    [InlineData("pixel-shuffle=2 sigmoid=false")]
    [InlineData("network=deep-decoder")]
    public void Backward_EachNetwork_HasAutogradsGradient(string options)
    {
        using var scope = NewDisposeScope();
        var settings = TinyJob.Settings([.. options.Split(' ').Select(o => o.Split('=')).Select(o => (o[0], o[1]))]).Network;
        foreach (var (type, channels, isChannelsLast, tolerance) in new[] { (float64, 3, false, 1e-12), (float32, 3, false, 1e-4), (float64, 1, false, 1e-12), (float64, 3, true, 1e-12), (float32, 3, true, 1e-4) })
        {
            var (picture, gradient) = Pass(settings, type, channels, isLean: false, isChannelsLast: isChannelsLast);
            var (itsPicture, itsGradient) = Pass(settings, type, channels, isLean: true, isChannelsLast: isChannelsLast);
            Assert.True(gradient.abs().max().item<double>() > 0);
            Assert.InRange((picture - itsPicture).abs().max().item<double>(), 0, tolerance);
            Assert.InRange((gradient - itsGradient).abs().max().item<double>(), 0, tolerance * gradient.abs().max().item<double>());
        }
    }

    /// <summary>As above, where convolutions of large planes make no padded copy.</summary>
    [Theory]
    [InlineData("padding=reflection channels-skip=3,3", 128, 128)]
    [InlineData("padding=replication channels-skip=0,3 trained=affine", 132, 128)]
    [InlineData("padding=reflection channels-up=16,16 channels-skip=3,3 trained=affine", 128, 132)]
    [InlineData("padding=reflection channels-up=16,16 channels-skip=3,3", 256, 260)]
    public void Backward_LargePlanes_HasAutogradsGradient(string options, int height, int width)
    {
        using var scope = NewDisposeScope();
        var settings = TinyJob.Settings([.. options.Split(' ').Select(o => o.Split('=')).Select(o => (o[0], o[1]))]).Network;
        // Without a kink: where a value is nearly zero, rounding, which goes by the number of threads, decides on its side, and one of so many changes a gradient by 0.002 of the largest.
        foreach (var (type, activation, isChannelsLast, tolerance) in new[] { (float64, settings.Activation, false, 1e-11), (float32, Activation.Swish, false, 1e-4), (float32, Activation.Swish, true, 1e-4) })
        {
            var smooth = settings with { Activation = activation };
            var (picture, gradient) = Pass(smooth, type, 3, isLean: false, height, width, isChannelsLast);
            var (itsPicture, itsGradient) = Pass(smooth, type, 3, isLean: true, height, width, isChannelsLast);
            Assert.True(gradient.abs().max().item<double>() > 0);
            Assert.InRange((picture - itsPicture).abs().max().item<double>(), 0, tolerance);
            Assert.InRange((gradient - itsGradient).abs().max().item<double>(), 0, tolerance * gradient.abs().max().item<double>());
        }
    }

    /// <summary>The numbers of a pass of a network's own choice are autograd's, and where it may it keeps the convolutions' outputs alone.</summary>
    [Theory]
    [InlineData(95, false)]
    [InlineData(96, true)]
    public void NetworkPass_WideEnough_KeepsWhatConvolutionsMake(int width, bool isLean)
    {
        using var scope = NewDisposeScope();
        var settings = TinyJob.Settings(("channels-down", "8,8"), ("channels-up", $"{width},8"), ("channels-skip", "2,0")).Network;
        var (_, gradient) = Pass(settings, float32, 3, isLean: false);
        var network = Network.Create(settings, 4, 3);
        using var parameters = new ParameterBuffer(network.Layout, float32, CPU);
        parameters.Initialise(new Generator(3, CPU));
        using var pass = new NetworkPass(network, parameters, null, bytes: null);

        var picture = pass.Forward(randn([1, 4, 16, 24], generator: new Generator(1, CPU)));

        Assert.Equal(isLean, pass.Lean is not null);
        // At 16×24: a skip, two convolutions up and the output; at 8×12 two down and two up; at 4×6 two down.
        Assert.Equal(isLean ? (384 * (2 + width + width + 3)) + (96 * (8 + 8 + 8 + 8)) + (24 * (8 + 8)) : 0, pass.Lean?.Kept ?? 0);
        var direction = randn(picture.shape, generator: new Generator(2, CPU));
        var itsGradient = pass.Backward((picture * direction).sum()).to(float64);
        Assert.Equal(0, pass.Lean?.Kept ?? 0);
        Assert.InRange((gradient - itsGradient).abs().max().item<double>(), 0, 1e-4 * gradient.abs().max().item<double>());
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("channels-down=64,64 channels-up=64,64", false)]
    [InlineData("filter-up=1", false)]
    [InlineData("network=deep-decoder", false)]
    public void Suits_WideNetworksOf3x3Filters_Alone(string options, bool expected)
    {
        var set = options.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(o => o.Split('=')).Select(o => (o[0], o[1]));
        var network = TinyJob.Settings([("channels-down", "128,128"), ("channels-up", "128,128"), .. set]).Network;

        Assert.Equal(expected, LeanPass.Suits(network, CPU, float32));
        Assert.False(LeanPass.Suits(network, CPU, bfloat16));
    }

    [Fact]
    public void MemoryEstimate_Lean_IsLess()
    {
        var network = TinyJob.Settings(("channels-down", "128,128"), ("channels-up", "128,128")).Network;
        var estimate = new MemoryEstimate(network, 32, 3, 4);

        Assert.InRange((estimate with { IsLean = true }).Bytes(512, 512), 1, 0.9 * estimate.Bytes(512, 512));
    }

    private static (Tensor Picture, Tensor Gradient) Pass(NetworkSettings settings, ScalarType type, int channels, bool isLean, int height = 16, int width = 24, bool isChannelsLast = false)
    {
        var network = Network.Create(settings, 4, channels);
        using var parameters = new ParameterBuffer(network.Layout, type, CPU, settings.Trained, isChannelsLast);
        parameters.Initialise(new Generator(3, CPU));
        var z = randn([1, 4, height / settings.InputDivisor, width / settings.InputDivisor], type, generator: new Generator(1, CPU));
        var lean = isLean ? LeanPass.Begin(parameters.Views()) : null;
        var picture = network.Forward(isChannelsLast ? MemoryFormat.ChannelsLast(z) : z, lean ?? new Pass(parameters.Views()));
        var direction = randn(picture.shape, type, generator: new Generator(2, CPU));
        (picture * direction).sum().backward();
        lean?.Backward();
        return (picture.detach().to(float64), parameters.Flat.grad!.to(float64));
    }
}
