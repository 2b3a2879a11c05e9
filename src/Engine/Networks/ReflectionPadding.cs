using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// Reflection beyond each border, as <see cref="PaddingModes.Reflect"/>, of channels-last tensors: libtorch's own turns them into whole
/// planes and back on a GPU, in both directions (measured: bench/README.md), and adds up its gradient in no fixed order.
/// </summary>
internal sealed class ReflectionPadding : autograd.SingleTensorFunction<ReflectionPadding>
{
    private const string Plan = "plan";

    public override string Name => nameof(ReflectionPadding);

    /// <param name="x">[1,C,H,W].</param>
    /// <param name="border">Pixels more on each side, less than H and W.</param>
    /// <param name="backward">Of the pass.</param>
    /// <returns>[1,C,H+2·border,W+2·border], channels-last.</returns>
    public static Tensor Pad(Tensor x, int border, OwnBackward backward)
    {
        // TorchSharp makes tensors of its own beside it, as large.
        using var scope = NewDisposeScope();
        // Made before, with room for TorchSharp's own: of a function that it cannot finish it never lets go what came before.
        var padded = Padded(x, border);
        empty_like(padded).Dispose();
        return apply(x, new Step(border, padded, backward)).MoveToOuterDisposeScope();
    }

    /// <param name="ctx">Keeps the border for the backward pass.</param>
    /// <param name="vars">x, and what was made of it.</param>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var step = (Step)vars[1];
        ctx.save_data(Plan, step);
        // What comes after may have failed, and give none.
        ctx.set_materialize_grads(false);
        return step.Made;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var step = (Step)ctx.get_data(Plan);
        // In place: nobody else sees the gradient of a tensor that one convolution alone reads.
        return step.Backward.Give(grad_output, 2, () => [BorderLines.Fold(grad_output, step.Border, isReflected: true).DetachFromDisposeScope(), null!]);
    }

    private static Tensor Padded(Tensor x, int border)
    {
        using var _ = no_grad();
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

    private sealed record Step(int Border, Tensor Made, OwnBackward Backward);
}
