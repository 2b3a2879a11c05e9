using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Energy.Tests;

public sealed class TotalVariationTests
{
    [Fact]
    public void Anisotropic_OneStepEdge_IsItsLengthTimesItsHeight()
    {
        using var scope = NewDisposeScope();
        var x = zeros(1, 1, 10, 12);
        x.narrow(3, 6, 6).fill_(0.5);
        Assert.Equal(10 * 0.5, TotalVariation.Anisotropic(x).item<float>(), 1e-5);
    }

    [Fact]
    public void Isotropic_FlatPicture_HasFiniteGradient()
    {
        using var scope = NewDisposeScope();
        var x = full([1, 3, 8, 8], 0.4).requires_grad_();
        TotalVariation.Isotropic(x).backward();
        Assert.Equal(0, x.grad!.abs().max().item<float>());
    }
}
