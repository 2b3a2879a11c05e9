using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class OwnBackwardTests
{
    static OwnBackwardTests() => Backends.Prepare();

    /// <summary>Memory that a recording took, above all, and that whoever goes on unrecorded needs.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_ABackwardPass_LeavesNothing(bool fails)
    {
        var sut = new OwnBackward();
        var given = new List<Tensor>();

        var thrown = Record.Exception(() => sut.Run(() =>
        {
            for (var i = 0; i < 2; i++)
            {
                given.Add(sut.Give(ones(1), 1, () => [zeros(1)])[0]);
            }

            // Not before libtorch has copied it.
            Assert.Equal([true, false], given.Select(tensor => tensor.IsInvalid));
            if (fails)
            {
                throw new InvalidOperationException("no memory");
            }
        }));

        Assert.Equal(fails ? "no memory" : null, thrown?.Message);
        Assert.All(given, tensor => Assert.True(tensor.IsInvalid));
    }

    [Fact]
    public void Run_AFunctionsFailure_IsThrownAtTheEnd()
    {
        var sut = new OwnBackward();
        var isAtTheEnd = false;

        Assert.Equal("refused", Assert.Throws<InvalidOperationException>(() => sut.Run(() =>
        {
            Assert.Equal(new Tensor?[2], sut.Give(ones(1), 2, () => throw new InvalidOperationException("refused")));
            isAtTheEnd = true;
        })).Message);

        Assert.True(isAtTheEnd);
    }
}
