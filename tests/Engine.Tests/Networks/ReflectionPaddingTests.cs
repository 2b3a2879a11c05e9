using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class ReflectionPaddingTests
{
    static ReflectionPaddingTests() => Backends.Prepare();

    [Theory]
    [InlineData(1, 2, 2)]
    [InlineData(1, 9, 4)]
    [InlineData(2, 5, 8)]
    [InlineData(3, 4, 7)]
    public void Apply_PicturesAndGradients_AreThoseOfLibtorch(int border, int height, int width)
    {
        using var scope = NewDisposeScope();
        var x = randn([1, 3, height, width], dtype: float64, generator: new Generator(1, CPU));
        var direction = randn([1, 3, height + (2 * border), width + (2 * border)], dtype: float64, generator: new Generator(2, CPU));
        var (theirs, theirGradient) = Run(v => F.pad(v, (border, border, border, border), PaddingModes.Reflect));
        var (ours, gradient) = Run(v => ReflectionPadding.Pad(v, border, new OwnBackward()));
        Assert.Equal(1, ours.stride(1));
        Assert.True(ours.equal(theirs).all().item<bool>());
        Assert.True((gradient - theirGradient).abs().max().item<double>() < 1e-12);

        (Tensor Padded, Tensor Gradient) Run(Func<Tensor, Tensor> pad)
        {
            var leaf = MemoryFormat.ChannelsLast(x).detach().requires_grad_(true);
            var padded = pad(leaf * 1);
            (padded * direction).sum().backward();
            return (padded.detach(), leaf.grad!);
        }
    }
}
