using DipPipeline.Engine.Inputs;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Tests.Networks;

/// <summary>
/// The library's convolutions agree with float64, whatever lies in the memory they are given. Some of these shapes failed on an AMD EPYC
/// of family 26; on other processors the plain call passes too.
/// </summary>
public sealed class OneDnnTests
{
    static OneDnnTests() => Backends.Prepare();

    public static TheoryData<int, int, int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<int, int, int, int>();
            foreach (var input in new[] { 1, 2, 3, 16, 33 })
            {
                foreach (var output in new[] { 1, 3, 4, 17, 32 })
                {
                    shapes.Add(input, output, 1, 1);
                    shapes.Add(input, output, 1, 2);
                    shapes.Add(input, output, 3, 1);
                    shapes.Add(input, output, 3, 2);
                }
            }

            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Convolve_AnyChannels_AgreesWithFloat64(int input, int output, int side, int stride)
    {
        foreach (var precision in new[] { float32, bfloat16 })
        {
            using var scope = NewDisposeScope();
            var generator = new Generator(3, CPU);
            // Rounded first, so that all compute with the same numbers.
            var x = randn([1, input, 66, 66], generator: generator).to(precision);
            var weight = randn([output, input, side, side], generator: generator).to(precision);
            var bias = randn([output], generator: generator).to(precision);
            var border = (side - 1) / 2;
            var exact = Run(float64, (a, w, b) => F.conv2d(a, w, b, strides: [stride, stride], padding: [border, border]));
            Poison(input, output);
            var ours = Run(precision, (a, w, b) => OneDnn.Convolve(a, w, b, stride, border));
            Poison(input, output);
            var (a, w) = (Leaf(x, precision), Leaf(weight, precision));
            var direction = randn(ours[0].shape, generator: new Generator(4, CPU)).to(precision);
            var (ofInput, ofWeight) = OneDnn.Gradients(direction, a, w, stride, border);
            AssertClose(ours);
            AssertClose([ours[0], ofInput, ofWeight!]);

            void AssertClose(Tensor[] computed)
            {
                for (var i = 0; i < exact.Length; i++)
                {
                    var error = ((computed[i].to(float64) - exact[i]).abs().max() / exact[i].abs().max()).item<double>();
                    Assert.True(error < (precision == float32 ? 1e-4 : 0.02), $"{precision} {"output,input's gradient,weight's gradient".Split(',')[i]}: {error:g3}");
                }
            }

            Tensor[] Run(ScalarType type, Func<Tensor, Tensor, Tensor, Tensor> convolve)
            {
                var (a, w, b) = (Leaf(x, type), Leaf(weight, type), bias.to(type));
                var y = convolve(a, w, b);
                var direction = randn(y.shape, generator: new Generator(4, CPU)).to(precision).to(type);
                (y * direction).sum().backward();
                return [y.detach(), a.grad!, w.grad!];
            }
        }
    }

    private static Tensor Leaf(Tensor values, ScalarType type)
    {
        var leaf = MemoryFormat.ChannelsLast(values.to(type)).detach();
        leaf.requires_grad = true;
        return leaf;
    }

    // What is read without having been written shows as NaN.
    private static void Poison(params int[] channels)
    {
        foreach (var count in channels)
        {
            foreach (var type in new[] { float32, bfloat16 })
            {
                using var freed = full([1, count + (count % 2), 66, 66], float.NaN, type);
            }
        }
    }
}
