using DipPipeline.Engine.Inputs;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Inputs;

public sealed class SymmetryTests
{
    [Fact]
    public void Undo_AfterApply_IsThePictureItself()
    {
        using var scope = NewDisposeScope();
        var x = rand([1, 3, 4, 6], generator: new Generator(1, CPU));
        for (var i = 0; i < 16; i++)
        {
            Assert.True(Symmetry.Undo(Symmetry.Apply(x, i), i).equal(x).all().item<bool>());
        }
    }

    [Fact]
    public void Apply_EightIterations_AreEightDifferentPictures()
    {
        using var scope = NewDisposeScope();
        var x = rand([1, 1, 5, 5], generator: new Generator(1, CPU));
        var seen = Enumerable.Range(0, 8).Select(i => Convert.ToHexString(Symmetry.Apply(x, i).contiguous().bytes)).ToHashSet();
        Assert.Equal(8, seen.Count);
    }
}
