using DipPipeline.Engine.Inputs;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Inputs;

public sealed class NoiseBankTests
{
    [Fact]
    public void At_EachIteration_IsNormalOfItsDeviation()
    {
        using var scope = NewDisposeScope();
        using var bank = new NoiseBank(zeros(1, 8, 64, 64), 0.25, seed: 5);
        foreach (var i in new[] { 0, 1, 1000 })
        {
            var noise = bank.At(i);
            Assert.Equal([1, 8, 64, 64], noise.shape);
            Assert.Equal(0, noise.mean().item<float>(), 0.01);
            Assert.Equal(0.25, noise.std().item<float>(), 0.005);
            // Kurtosis 3: normal, not uniform.
            Assert.Equal(3, ((noise / 0.25).pow(4)).mean().item<float>(), 0.2);
        }
    }

    [Fact]
    public void At_OtherIterationOrSeed_IsUncorrelated()
    {
        using var scope = NewDisposeScope();
        using var bank = new NoiseBank(zeros(1, 8, 64, 64), 1, seed: 5);
        using var other = new NoiseBank(zeros(1, 8, 64, 64), 1, seed: 6);
        Assert.InRange((bank.At(0) * bank.At(1)).mean().item<float>(), -0.02, 0.02);
        Assert.InRange((bank.At(0) * other.At(0)).mean().item<float>(), -0.02, 0.02);
        using var again = new NoiseBank(zeros(1, 8, 64, 64), 1, seed: 5);
        Assert.True(bank.At(7).equal(again.At(7)).all().item<bool>());
    }
}
