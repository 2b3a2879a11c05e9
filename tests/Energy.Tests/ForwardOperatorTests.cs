using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Energy.Tests;

/// <summary>What holds for every forward operator.</summary>
public sealed class ForwardOperatorTests
{
    public static TheoryData<string, int> Operators => new(
        new[] { "identity", "mask", "blur" }.Concat(Enum.GetNames<ResamplingKernel>().SelectMany(k => new[] { $"{k} 2", $"{k} 3", $"{k} 4", $"{k} 8" }))
            .SelectMany(name => new[] { (name, 1), (name, 3) }));

    /// <summary>⟨A x, y⟩ = ⟨x, Aᵀ y⟩.</summary>
    [Theory]
    [MemberData(nameof(Operators))]
    public void Adjoint_RandomPictures_MovesAcrossTheInnerProduct(string name, int channels)
    {
        using var scope = NewDisposeScope();
        var generator = new Generator(3, CPU);
        var x = Engine(randn([1, channels, 48, 72], generator: generator));
        using var a = Create(name);
        Poison();
        var ax = a.Apply(x);
        var y = randn(ax.shape, generator: generator);
        var left = (ax.to(float64) * y).sum().item<double>();
        var right = (x.to(float64) * a.Adjoint(y)).sum().item<double>();
        Assert.Equal(left, right, 1e-5 * ax.norm().item<float>() * y.norm().item<float>());
        Assert.NotEqual(0, left);
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Apply_Gradient_IsTheAdjoint(string name, int channels)
    {
        using var scope = NewDisposeScope();
        var x = Engine(randn([1, channels, 48, 72], generator: new Generator(4, CPU))).requires_grad_();
        using var a = Create(name);
        Poison();
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

    // As the engine gives it: channels-last, and a crop of something larger.
    private static Tensor Engine(Tensor x)
    {
        var wider = nn.functional.pad(x, [4, 4, 4, 4]).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        return wider.narrow(2, 4, x.shape[2]).narrow(3, 4, x.shape[3]).detach();
    }

    // What is read without having been written shows as NaN.
    private static void Poison()
    {
        foreach (var channels in new[] { 1, 2, 3, 4, 8, 16 })
        {
            using var freed = full([1, channels, 48, 72], float.NaN);
        }
    }

    private static ForwardOperator Create(string name) => name switch
    {
        "identity" => new Identity(),
        "mask" => new Mask(rand([1, 1, 48, 72], generator: new Generator(6, CPU))),
        "blur" => new Blur(rand([7, 7], generator: new Generator(7, CPU))),
        _ => new Downsample(Enum.Parse<ResamplingKernel>(name.Split(' ')[0]), int.Parse(name.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), 48, 72, CPU),
    };
}
