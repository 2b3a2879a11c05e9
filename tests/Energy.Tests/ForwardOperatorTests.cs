using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Energy.Tests;

/// <summary>What holds for every forward operator.</summary>
public sealed class ForwardOperatorTests
{
    public static TheoryData<string> Operators =>
        ["identity", "mask", "blur", .. Enum.GetNames<ResamplingKernel>().SelectMany(k => new[] { $"{k} 2", $"{k} 3", $"{k} 4", $"{k} 8" })];

    /// <summary>⟨A x, y⟩ = ⟨x, Aᵀ y⟩.</summary>
    [Theory]
    [MemberData(nameof(Operators))]
    public void Adjoint_RandomPictures_MovesAcrossTheInnerProduct(string name)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3, CPU);
        var x = randn([1, 3, 48, 72], generator: generator);
        using var a = Create(name);
        var ax = a.Apply(x);
        var y = randn(ax.shape, generator: generator);
        var left = (ax.to(float64) * y).sum().item<double>();
        var right = (x.to(float64) * a.Adjoint(y)).sum().item<double>();
        Assert.Equal(left, right, 1e-5 * ax.norm().item<float>() * y.norm().item<float>());
        Assert.NotEqual(0, left);
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Apply_Gradient_IsTheAdjoint(string name)
    {
        using var scope = NewDisposeScope();
        var x = randn([1, 3, 48, 72], generator: new Generator(4, CPU)).requires_grad_();
        using var a = Create(name);
        var ax = a.Apply(x);
        var y = randn(ax.shape, generator: new Generator(5, CPU));
        (ax * y).sum().backward();
        Assert.True((x.grad! - a.Adjoint(y)).abs().max().item<float>() < 1e-5);
    }

    [Theory]
    [InlineData(ResamplingKernel.Lanczos2)]
    [InlineData(ResamplingKernel.Lanczos3)]
    [InlineData(ResamplingKernel.Bicubic)]
    [InlineData(ResamplingKernel.Box)]
    public void Downsample_ConstantPicture_StaysConstant(ResamplingKernel kernel)
    {
        using var scope = NewDisposeScope();
        using var downsample = new Downsample(kernel, 3, 24, 36, CPU);
        var y = downsample.Apply(full([1, 1, 24, 36], 0.37));
        Assert.Equal([1, 1, 8, 12], y.shape);
        Assert.True((y - 0.37).abs().max().item<float>() < 1e-6);
    }

    [Fact]
    public void Downsample_SideNotAMultiple_NamesBoth() =>
        Assert.Contains("25×24", Assert.Throws<ArgumentException>(() => new Downsample(ResamplingKernel.Box, 4, 24, 25, CPU)).Message, StringComparison.Ordinal);

    private static ForwardOperator Create(string name) => name switch
    {
        "identity" => new Identity(),
        "mask" => new Mask(rand([1, 1, 48, 72], generator: new Generator(6, CPU))),
        "blur" => new Blur(rand([7, 7], generator: new Generator(7, CPU))),
        _ => new Downsample(Enum.Parse<ResamplingKernel>(name.Split(' ')[0]), int.Parse(name.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), 48, 72, CPU),
    };
}
