using System.Runtime.InteropServices;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class GradientTapTests
{
    static GradientTapTests() => Backends.Prepare();

    [Fact]
    public void Backward_OfTwoLeaves_KeepsTheirGradientsAndLeavesThemNone()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor([2f, 3f], requires_grad: true), tensor([5f, 7f], requires_grad: true));
        var kept = new Dictionary<string, Tensor>();
        var (ofA, ofB) = (GradientTap.Apply(a, g => kept["a"] = g), GradientTap.Apply(b, g => kept["b"] = g));

        // One of them twice.
        ((ofA * ofB) + ofA).sum().backward();

        Assert.Equal([6f, 8f], kept["a"].data<float>());
        Assert.Equal([2f, 3f], kept["b"].data<float>());
        Assert.Null(a.grad);
        Assert.Null(b.grad);
    }

    [Fact]
    public void Backward_OfAnUnusedLeaf_KeepsNothing()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor([2f], requires_grad: true), tensor([5f], requires_grad: true));
        var kept = new List<string>();
        var (ofA, _) = (GradientTap.Apply(a, _ => kept.Add("a")), GradientTap.Apply(b, _ => kept.Add("b")));

        ofA.sum().backward();

        Assert.Equal(["a"], kept);
    }

    /// <summary>By <c>autograd.grad</c> the process would end.</summary>
    [Fact]
    public void Backward_ThatFailsInLibtorch_Throws()
    {
        using var scope = NewDisposeScope();
        var kept = new List<Tensor>();
        var powers = GradientTap.Apply(tensor([2f], requires_grad: true), kept.Add).exp();
        var sum = powers.sum();
        using (no_grad())
        {
            // What the gradient of exp is made of.
            powers.add_(1);
        }

        Assert.Contains("modified by an inplace operation", Assert.Throws<ExternalException>(() => sum.backward()).Message);
        Assert.Empty(kept);
    }
}
