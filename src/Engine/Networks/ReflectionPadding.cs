using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// Reflection beyond each border, as <see cref="PaddingModes.Reflect"/>, of channels-last tensors: libtorch's own turns them into whole
/// planes and back on a GPU, in both directions (measured: bench/README.md), and adds up its gradient in no fixed order.
/// </summary>
internal sealed class ReflectionPadding : autograd.SingleTensorFunction<ReflectionPadding>
{
    private const string Border = "border";

    // TorchSharp hands the native pointer of what backward returns to libtorch, and nothing else keeps the tensor until that has copied it.
    [ThreadStatic]
    private static Tensor? t_returned;

    public override string Name => nameof(ReflectionPadding);

    /// <summary>x with so many pixels more on each side, [1,C,H+2·border,W+2·border], channels-last.</summary>
    public static Tensor Pad(Tensor x, int border)
    {
        // TorchSharp makes tensors of its own beside it, as large.
        using var scope = NewDisposeScope();
        return apply(x, border).MoveToOuterDisposeScope();
    }

    /// <param name="ctx">Keeps the border for the backward pass.</param>
    /// <param name="vars">x, [1,C,H,W], and the border in pixels, less than H and W.</param>
    /// <returns>[1,C,H+2·border,W+2·border], channels-last.</returns>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (x, border) = ((Tensor)vars[0], (int)vars[1]);
        ctx.save_data(Border, border);
        var (height, width) = (x.shape[2], x.shape[3]);
        using var packed = empty([x.shape[0], height + (2 * border), width + (2 * border), x.shape[1]], x.dtype, x.device);
        var padded = packed.permute(0, 3, 1, 2);
        using (var rows = padded.narrow(2, border, height))
        using (var inside = rows.narrow(3, border, width))
        {
            inside.copy_(x);
        }

        // Whole lines: columns take the corners from the rows that were written before.
        foreach (var (dimension, outer, inner) in Lines(border, height, width))
        {
            using var to = padded.narrow(dimension, outer, 1);
            using var from = padded.narrow(dimension, inner, 1);
            to.copy_(from);
        }

        return padded;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        // Autograd's own thread on a GPU: no dispose scope is there.
        using var owned = grad_output;
        var border = (int)ctx.get_data(Border);
        var (height, width) = (grad_output.shape[2] - (2 * border), grad_output.shape[3] - (2 * border));
        // In place: nobody else sees the gradient of a tensor that one convolution alone reads.
        foreach (var (dimension, outer, inner) in Lines(border, height, width).Reverse())
        {
            using var from = grad_output.narrow(dimension, outer, 1);
            using var to = grad_output.narrow(dimension, inner, 1);
            to.add_(from);
        }

        using var rows = grad_output.narrow(2, border, height);
        t_returned?.Dispose();
        t_returned = rows.narrow(3, border, width).DetachFromDisposeScope();
        return [t_returned, null!];
    }

    // Each line beyond the border and the one that it mirrors: rows first, then columns.
    private static IEnumerable<(int Dimension, long Outer, long Inner)> Lines(int border, long height, long width)
    {
        foreach (var (dimension, length) in (IEnumerable<(int, long)>)[(2, height), (3, width)])
        {
            for (var i = 1; i <= border; i++)
            {
                yield return (dimension, border - i, border + i);
                yield return (dimension, border + length - 1 + i, border + length - 1 - i);
            }
        }
    }
}
