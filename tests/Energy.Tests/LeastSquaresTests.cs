using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Energy.Tests;

public sealed class LeastSquaresTests
{
    /// <summary>At the truth the energy is the variance of the noise, whatever the weights.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Evaluate_AtTheTruth_IsTheNoiseVariance(bool masked)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(1, CPU);
        var truth = rand([1, 3, 200, 200], generator: generator);
        var observed = truth + (0.1 * randn(truth.shape, generator: generator));
        var mask = (rand([1, 1, 200, 200], generator: generator) > 0.5).to(float32);
        using var energy = new LeastSquares(new Identity(), observed, masked ? mask : null);
        Assert.Equal(0.01, energy.Evaluate(truth).item<float>(), 2e-4);
    }

    [Fact]
    public void Evaluate_WeightedByHand_IsTheWeightedMean()
    {
        using var scope = NewDisposeScope();
        var (x, x0, w) = (tensor(new[] { 1f, 2f }, [1, 1, 1, 2]), tensor(new[] { 0f, 5f }, [1, 1, 1, 2]), tensor(new[] { 1f, 0.5f }, [1, 1, 1, 2]));
        using var energy = new LeastSquares(new Identity(), x0, w);
        // (1²·1² + 0.5²·3²) / (1² + 0.5²)
        Assert.Equal(3.25 / 1.25, energy.Evaluate(x).item<float>(), 1e-6);
    }

    [Fact]
    public void Evaluate_OverAPart_IsTheWeightedMeanThere()
    {
        using var scope = NewDisposeScope();
        var (x, x0, w) = (tensor(new[] { 1f, 2f, 3f }, [1, 1, 1, 3]), tensor(new[] { 0f, 5f, 9f }, [1, 1, 1, 3]), tensor(new[] { 1f, 0.5f, 1f }, [1, 1, 1, 3]));
        var part = tensor(new[] { 1f, 1f, 0f }, [1, 1, 1, 3]);
        using var energy = new LeastSquares(new Identity(), x0, w);
        Assert.Equal(3.25 / 1.25, energy.Evaluate(x, part).item<float>(), 1e-6);
        Assert.Equal(0, energy.Evaluate(x, zeros_like(part)).item<float>());
        using var unweighted = new LeastSquares(new Identity(), x0);
        Assert.Equal((1.0 + 9) / 2, unweighted.Evaluate(x, part).item<float>(), 1e-6);
    }

    /// <summary>E(x + h·n; x0) = E(x; x0) + 2h·correlation + h²·E of n alone, whatever the operator and the weights.</summary>
    [Theory]
    [InlineData("denoise")]
    [InlineData("superres")]
    [InlineData("inpaint")]
    public void Correlation_IsTheMixedTermOfTheEnergy(string name)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3, CPU);
        var (x, step) = (rand([1, 3, 16, 24], generator: generator), randn([1, 3, 16, 24], generator: generator));
        var (_, owner) = Create(name, generator);
        using var energy = (LeastSquares)owner!;
        var other = energy.Forward.Apply(step);
        var mixed = (energy.Evaluate(x + step) - energy.Evaluate(x - step)).item<float>() / 4;
        Assert.Equal(mixed, energy.Correlation(x, other).item<float>(), 1e-5);
        Assert.True(Math.Abs(mixed) > 1e-3);
    }

    [Theory]
    [InlineData("denoise")]
    [InlineData("superres")]
    [InlineData("inpaint")]
    [InlineData("tv-isotropic")]
    [InlineData("tv-anisotropic")]
    public void Evaluate_Gradient_MatchesFiniteDifferences(string name)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(2, CPU);
        var x = rand([1, 3, 16, 24], float32, generator: generator).requires_grad_();
        var (evaluate, owner) = Create(name, generator);
        using var _ = owner;
        evaluate(x).backward();
        for (var trial = 0; trial < 5; trial++)
        {
            using var quiet = no_grad();
            var direction = randn(x.shape, generator: generator);
            direction /= direction.norm();
            const double h = 1e-2;
            var measured = (evaluate(x + (h * direction)).item<float>() - evaluate(x - (h * direction)).item<float>()) / (2 * h);
            var predicted = (x.grad! * direction).sum().item<float>();
            Assert.Equal(predicted, measured, 0.02 * Math.Abs(predicted) + (1e-3 * x.grad!.norm().item<float>()));
        }
    }

    private static (Func<Tensor, Tensor> Evaluate, IDisposable? Owner) Create(string name, Generator generator)
    {
        LeastSquares? energy = name switch
        {
            "denoise" => new(new Identity(), rand([1, 3, 16, 24], generator: generator)),
            "superres" => new(new Downsample(ResamplingKernel.Lanczos2, 4, 16, 24, CPU), rand([1, 3, 4, 6], generator: generator)),
            "inpaint" => new(new Identity(), rand([1, 3, 16, 24], generator: generator), rand([1, 1, 16, 24], generator: generator)),
            _ => null,
        };
        return (energy is not null ? energy.Evaluate : name == "tv-isotropic" ? x => TotalVariation.Isotropic(x) : TotalVariation.Anisotropic, energy);
    }
}
