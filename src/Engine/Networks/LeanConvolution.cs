using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A convolution and its gradients, which of large planes makes no padded copy. Where a border of one pixel is of copies of pixels inside, a 3×3 convolution is the
/// one with zeros beyond the border and, in the outermost lines of its output, the product of the filters' outermost line with the copies.
/// </summary>
/// <param name="shape">Any; with wider borders of copies there is a padded copy.</param>
/// <param name="backward">Of the pass.</param>
internal sealed class LeanConvolution(ConvolutionShape shape, OwnBackward backward)
{
    /// <summary>Pixels from which on planes are large: a copy of smaller ones is little beside the process, and made in less time than the products take.</summary>
    public const int Large = 128 * 128;

    /// <summary>The convolution; <see cref="Gradients"/> are those that autograd would have.</summary>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <param name="bias">[out].</param>
    public Tensor Apply(Tensor x, Tensor weight, Tensor? bias)
    {
        if (!IsByLines(x, weight))
        {
            return shape.Convolve(x, weight, bias, backward);
        }

        var output = OneDnn.Convolve(x, weight, bias, shape.Stride, shape.Border);
        foreach (var line in Lines(x))
        {
            using var scope = NewDisposeScope();
            line.OfOutput(output).add_(Product(line, line.OfInput(x), line.OfFilters(weight)));
        }

        return output;
    }

    /// <summary>Those of what the convolution saw and of its filters.</summary>
    /// <param name="gradient">That of the output.</param>
    /// <param name="make">Gives what the convolution saw, [1,C,H,W]; that is let go of as soon as it can be.</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <returns>Of what it saw, and of <paramref name="weight"/> if it requires one.</returns>
    public (Tensor OfX, Tensor? OfWeight) Gradients(Tensor gradient, Func<Tensor> make, Tensor weight)
    {
        using var x = make();
        return IsByLines(x, weight) ? ByLines(gradient, x, weight) : ByCopy(gradient, x, weight);
    }

    /// <summary>Whether there is no padded copy of x, [1,C,H,W], for filters [out,C,k,k].</summary>
    public bool IsByLines(Tensor x, Tensor weight) =>
        shape is { Border: 1, Padding: not Padding.Zero } && weight.shape[2] == 3 && x.shape[2] * x.shape[3] >= Large;

    private (Tensor OfX, Tensor? OfWeight) ByLines(Tensor gradient, Tensor x, Tensor weight)
    {
        var (ofX, ofWeight) = OneDnn.Gradients(gradient, x, weight, shape.Stride, shape.Border);
        foreach (var line in Lines(x))
        {
            using var scope = NewDisposeScope();
            var copied = line.OfInput(x).detach().requires_grad_(true);
            var filters = line.OfFilters(weight).detach().requires_grad_(ofWeight is not null);
            using (enable_grad())
            {
                autograd.backward([Product(line, copied, filters)], [line.OfOutput(gradient)]);
            }

            line.OfInput(ofX).add_(copied.grad!);
            if (ofWeight is not null)
            {
                line.OfFilters(ofWeight).add_(filters.grad!);
            }
        }

        return (ofX, ofWeight);
    }

    private (Tensor OfX, Tensor? OfWeight) ByCopy(Tensor gradient, Tensor x, Tensor weight)
    {
        using var padded = shape.Pad(x, backward);
        x.Dispose();
        var (ofPadded, ofWeight) = OneDnn.Gradients(gradient, padded, weight, shape.Stride, shape.Zeros);
        using (ofPadded)
        {
            return (shape.Fold(ofPadded), ofWeight);
        }
    }

    // Those beyond each border that filters reach: with a stride they may not reach the last.
    private IEnumerable<Line> Lines(Tensor x)
    {
        var away = shape.Padding == Padding.Reflection ? 1 : 0;
        foreach (var dimension in (int[])[2, 3])
        {
            var last = x.shape[dimension] - 1;
            yield return new(dimension, away, 0, 0);
            if (last % shape.Stride == 0)
            {
                yield return new(dimension, last - away, 2, last / shape.Stride);
            }
        }
    }

    // [C,n] and [out,C,3] to [out,m]. The corners belong to the rows.
    private Tensor Product(Line line, Tensor copied, Tensor filters)
    {
        var padded = line.Dimension == 3 ? F.pad(copied, (1, 1))
            : F.pad(copied, (1, 1), shape.Padding == Padding.Reflection ? PaddingModes.Reflect : PaddingModes.Replicate);
        var seen = padded.unfold(1, 3, shape.Stride).transpose(1, 2);
        return filters.flatten(1).mm(seen.reshape(-1, seen.shape[2]));
    }

    /// <summary>A line of pixels beyond the border.</summary>
    /// <param name="Dimension">Of rows or of columns.</param>
    /// <param name="Inside">The line of the input that it copies.</param>
    /// <param name="Tap">The line of the filters that sees it.</param>
    /// <param name="Output">The line of the output that this is for.</param>
    private readonly record struct Line(int Dimension, long Inside, long Tap, long Output)
    {
        /// <summary>A view, [C,n].</summary>
        public Tensor OfInput(Tensor x) => x.select(Dimension, Inside).select(0, 0);

        /// <summary>A view, [out,C,3].</summary>
        public Tensor OfFilters(Tensor weight) => weight.select(Dimension, Tap);

        /// <summary>A view, [out,m].</summary>
        public Tensor OfOutput(Tensor output) => output.select(Dimension, Output).select(0, 0);
    }
}
