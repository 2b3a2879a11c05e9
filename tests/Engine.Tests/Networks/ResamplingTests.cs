using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class ResamplingTests
{
    static ResamplingTests() => Backends.Prepare();

    [Theory]
    [InlineData(1, 33, 20)]
    [InlineData(2, 8, 8)]
    [InlineData(3, 1, 5)]
    [InlineData(17, 16, 31)]
    [InlineData(32, 64, 64)]
    public void Double_Bilinear_AgreesWithLibtorchsOwnInFloat64(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        var x = randn([1, channels, height, width], generator: new Generator(1, CPU));
        var direction = randn([1, channels, 2 * height, 2 * width], generator: new Generator(2, CPU));
        var exact = Run(float64, v => F.interpolate(v, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false));
        foreach (var (precision, tolerance) in new[] { (float64, 1e-12), (float32, 1e-5), (bfloat16, 0.02) })
        {
            Poison();
            var ours = Run(precision, v => Resampling.Double(v, Upsampling.Bilinear));
            for (var i = 0; i < exact.Length; i++)
            {
                var error = ((ours[i].to(float64) - exact[i]).abs().max() / exact[i].abs().max()).item<double>();
                Assert.True(error < tolerance, $"{precision} {(i == 0 ? "output" : "gradient")}: {error:g3}");
            }
        }

        Tensor[] Run(ScalarType type, Func<Tensor, Tensor> twice)
        {
            // Rounded first, so that all compute with the same numbers.
            var leaf = x.to(bfloat16).to(type).detach();
            leaf.requires_grad = true;
            var y = twice(leaf);
            (y * direction.to(bfloat16).to(type)).sum().backward();
            return [y.detach(), leaf.grad!];
        }

        // What is read without having been written shows as NaN.
        void Poison()
        {
            foreach (var (h, w) in new[] { (height, width), (height + 2, width + 2), (2 * height, 2 * width) })
            {
                using var freed = full([1, channels, h, w], float.NaN);
            }
        }
    }

    [Theory]
    [InlineData(1, 3, 2)]
    [InlineData(5, 16, 31)]
    [InlineData(32, 1, 8)]
    public void BilinearByProducts_AgreesWithLibtorchsOwn(int channels, int height, int width)
    {
        using var scope = NewDisposeScope();
        var x = randn([1, channels, height, width], float64, generator: new Generator(1, CPU));
        var direction = randn([1, channels, 2 * height, 2 * width], float64, generator: new Generator(2, CPU));
        var (theirs, theirGradient) = Run(v => F.interpolate(v, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false));
        var (ours, gradient) = Run(Resampling.BilinearByProducts);
        Assert.Equal(1, ours.stride(1));
        Assert.True((ours - theirs).abs().max().item<double>() < 1e-12);
        Assert.True((gradient - theirGradient).abs().max().item<double>() < 1e-12);

        (Tensor Doubled, Tensor Gradient) Run(Func<Tensor, Tensor> twice)
        {
            var leaf = MemoryFormat.ChannelsLast(x).detach().requires_grad_(true);
            var doubled = twice(leaf);
            (doubled * direction).sum().backward();
            return (doubled.detach(), leaf.grad!);
        }
    }

    [Fact]
    public void Normalisation_HasMeanAndVarianceOfItsParameters()
    {
        using var scope = NewDisposeScope();
        var layout = new ParameterLayout();
        var normalisation = new Normalisation(layout, 3);
        var (scale, shift) = (tensor(new[] { 1f, 2f, 0.5f }), tensor(new[] { 0f, -1f, 3f }));
        var x = (rand([1, 3, 40, 50], generator: new Generator(1, CPU)) * tensor(new[] { 1f, 100f, 0.1f }).view(1, 3, 1, 1)) + 7;

        var y = normalisation.Apply(x, new Pass([scale, shift]));

        Assert.True((y.mean([0, 2, 3]) - shift).abs().max().item<float>() < 1e-4);
        Assert.True((y.std([0, 2, 3], unbiased: false) - scale).abs().max().item<float>() < 1e-2);
    }
}
