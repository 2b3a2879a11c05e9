using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A convolution and its gradients without a padded copy of what it sees. Where a border of one pixel is of copies of pixels inside, it is the convolution with
/// zeros beyond the border and, in the outermost lines of its output, what the copies add: the product of the filters' outermost line with them.
/// </summary>
/// <param name="shape">Any; with wider borders of copies there is a padded copy.</param>
internal sealed class LeanConvolution(ConvolutionShape shape)
{
    /// <summary>Pixels from which on there is no copy: one of less is a small part of a pass's memory, and made in less time than the products take.</summary>
    public const int Large = 128 * 128;

    /// <summary>For no gradient of its own.</summary>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <param name="bias">[out].</param>
    public Tensor Apply(Tensor x, Tensor weight, Tensor? bias)
    {
        if (!IsByLines(x, weight))
        {
            return shape.Convolve(x, weight, bias);
        }

        var output = OneDnn.Convolve(x, weight, bias, shape.Stride, shape.Border);
        foreach (var line in Lines(x))
        {
            using var scope = NewDisposeScope();
            line.Of(output).add_(Product(line, line.Copied(x), line.Filters(weight)));
        }

        return output;
    }

    /// <param name="gradient">That of the output.</param>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <returns>Of <paramref name="x"/>, and of <paramref name="weight"/> if it requires one.</returns>
    public (Tensor OfX, Tensor? OfWeight) Gradients(Tensor gradient, Tensor x, Tensor weight)
    {
        if (!IsByLines(x, weight))
        {
            using var padded = shape.Pad(x);
            var (ofPadded, ofPaddedWeight) = OneDnn.Gradients(gradient, padded, weight, shape.Stride, shape.Zeros);
            return (shape.Fold(ofPadded), ofPaddedWeight);
        }

        var (ofX, ofWeight) = OneDnn.Gradients(gradient, x, weight, shape.Stride, shape.Border);
        foreach (var line in Lines(x))
        {
            using var scope = NewDisposeScope();
            var copied = line.Copied(x).detach().requires_grad_(true);
            var filters = line.Filters(weight).detach().requires_grad_(ofWeight is not null);
            using (enable_grad())
            {
                autograd.backward([Product(line, copied, filters)], [line.Of(gradient)]);
            }

            line.Copied(ofX).add_(copied.grad!);
            if (ofWeight is not null)
            {
                line.Filters(ofWeight).add_(filters.grad!);
            }
        }

        return (ofX, ofWeight);
    }

    /// <summary>Whether there is no padded copy of x, [1,C,H,W], for filters [out,C,k,k].</summary>
    internal bool IsByLines(Tensor x, Tensor weight) =>
        shape is { Border: 1, Padding: not Padding.Zero } && weight.shape[2] == 3 && x.shape[2] * x.shape[3] >= Large;

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
        public Tensor Copied(Tensor x) => x.select(Dimension, Inside).select(0, 0);

        /// <summary>A view, [out,C,3].</summary>
        public Tensor Filters(Tensor weight) => weight.select(Dimension, Tap);

        /// <summary>A view, [out,m].</summary>
        public Tensor Of(Tensor output) => output.select(Dimension, Output).select(0, 0);
    }
}
