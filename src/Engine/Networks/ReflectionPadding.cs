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
        // What comes after may have failed, and give none (FusedNormalisation).
        ctx.set_materialize_grads(false);
        var (height, width) = (x.shape[2], x.shape[3]);
        using var packed = empty([x.shape[0], height + (2 * border), width + (2 * border), x.shape[1]], x.dtype, x.device);
        var padded = packed.permute(0, 3, 1, 2);
        using (var inside = BorderLines.Inside(padded, border))
        {
            inside.copy_(x);
        }

        BorderLines.Reflect(padded, border);
        return padded;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        // Autograd's own thread on a GPU: no dispose scope is there.
        using var owned = grad_output;
        if (grad_output.IsInvalid)
        {
            return [null!, null!];
        }

        var border = (int)ctx.get_data(Border);
        // In place: nobody else sees the gradient of a tensor that one convolution alone reads.
        t_returned?.Dispose();
        t_returned = BorderLines.Fold(grad_output, border, isReflected: true).DetachFromDisposeScope();
        return [t_returned, null!];
    }
}
