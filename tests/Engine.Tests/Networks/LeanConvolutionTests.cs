using DipPipeline.Engine.Networks;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Tests.Networks;

public sealed class LeanConvolutionTests
{
    public static TheoryData<Padding, int, int, int, int> Shapes
    {
        get
        {
            var shapes = new TheoryData<Padding, int, int, int, int>();
            foreach (var padding in Enum.GetValues<Padding>())
            {
                // Even and odd sides on each axis: with a stride of 2 the filters reach beyond the last line of odd ones alone.
                foreach (var (height, width) in new[] { (128, 130), (129, 128), (128, 131), (129, 129), (12, 13), (2, LeanConvolution.Large / 2), (LeanConvolution.Large / 2, 2) })
                {
                    shapes.Add(padding, 3, 1, height, width);
                    shapes.Add(padding, 3, 2, height, width);
                }

                shapes.Add(padding, 1, 1, 128, 128);
                shapes.Add(padding, 5, 1, 128, 128);
                shapes.Add(padding, 5, 2, 128, 129);
                if (padding != Padding.Reflection)
                {
                    shapes.Add(padding, 3, 1, 1, LeanConvolution.Large);
                    shapes.Add(padding, 3, 2, LeanConvolution.Large, 1);
                }
            }

            return shapes;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void ApplyAndGradients_EachShape_AreThoseOfThePaddedConvolution(Padding padding, int side, int stride, int height, int width)
    {
        foreach (var (channels, output) in new[] { (3, 4), (1, 2), (2, 1) })
        {
            using var scope = NewDisposeScope();
            var shape = new ConvolutionShape((side - 1) / 2, padding, stride);
            var generator = new Generator(5, CPU);
            var x = randn([1, channels, height, width], float64, generator: generator).requires_grad_(true);
            // Filters of some of the channels: a view.
            var weight = randn([output, channels + 2, side, side], float64, generator: generator).narrow(1, 1, channels).detach().requires_grad_(true);
            var bias = channels == 3 ? null : randn([output], float64, generator: generator);
            var expected = shape.Convolve(x, weight, bias, new OwnBackward());
            var gradient = randn(expected.shape, float64, generator: generator);
            var before = gradient.clone();
            expected.backward([gradient]);
            var convolution = new LeanConvolution(shape, new OwnBackward());

            Tensor actual, ofX, ofXAlone;
            Tensor? ofWeight, none;
            using (no_grad())
            {
                actual = convolution.Apply(x, weight, bias);
                (ofX, ofWeight) = convolution.Gradients(gradient, x.alias, weight);
                (ofXAlone, none) = convolution.Gradients(gradient, x.alias, weight.detach());
            }

            Close(expected, actual);
            Close(x.grad!, ofX);
            Close(x.grad!, ofXAlone);
            Close(weight.grad!, ofWeight!);
            Assert.Null(none);
            Assert.Equal(0, (gradient - before).abs().max().item<double>());
        }
    }

    [Theory]
    [InlineData(Padding.Reflection, 3, 128, true)]
    [InlineData(Padding.Replication, 3, 128, true)]
    [InlineData(Padding.Reflection, 3, 127, false)]
    [InlineData(Padding.Zero, 3, 128, false)]
    [InlineData(Padding.Reflection, 1, 128, false)]
    [InlineData(Padding.Reflection, 5, 128, false)]
    public void IsByLines_LargePlanesWithOnePixelOfCopies_Alone(Padding padding, int side, int height, bool expected)
    {
        using var scope = NewDisposeScope();

        Assert.Equal(expected, new LeanConvolution(new((side - 1) / 2, padding, 1), new OwnBackward()).IsByLines(zeros(1, 2, height, 128), zeros(2, 2, side, side)));
    }

    private static void Close(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.InRange((expected - actual).abs().max().item<double>(), 0, 1e-12 * expected.abs().max().item<double>());
    }
}
