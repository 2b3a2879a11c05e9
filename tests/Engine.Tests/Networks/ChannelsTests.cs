using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class ChannelsTests
{
    static ChannelsTests() => Backends.Prepare();

    [Theory]
    [InlineData(ScalarType.Float32, 4, 128)]
    [InlineData(ScalarType.BFloat16, 16, 32)]
    [InlineData(ScalarType.BFloat16, 2, 3)]
    public void Join_IsAConcatenation_WhosePartsHaveGradientsWithoutGaps(ScalarType precision, int first, int second)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        var (a, b, direction) = (Leaf(first), Leaf(second), Values(first + second));

        var joined = Channels.Join(a, b);
        var gradients = autograd.grad([joined], [a, b], [direction]);

        Assert.True(joined.allclose(cat([a, b], 1), rtol: 0, atol: 0));
        Assert.True(gradients[0].allclose(direction.narrow(1, 0, first), rtol: 0, atol: 0));
        Assert.True(gradients[1].allclose(direction.narrow(1, first, second), rtol: 0, atol: 0));
        // Of one picture the first says nothing.
        Assert.Equal(a.stride()[1..], gradients[0].stride()[1..]);
        Assert.Equal(b.stride()[1..], gradients[1].stride()[1..]);

        Tensor Values(int channels) => MemoryFormat.Fastest(randn([1, channels, 6, 5], generator: generator).to(precision));

        Tensor Leaf(int channels) => Values(channels).detach().requires_grad_(true);
    }
}
