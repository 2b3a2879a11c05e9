using DipPipeline.Engine.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A convolution over a few channels, as the product of what its filters see at each place and the filters (<see cref="UnfoldingKernels"/>),
/// added to what other channels gave: for cuDNN's own, of such, the gradient of the filters takes up to nine times as long as the convolution (measured: bench/README.md).
/// </summary>
internal sealed class UnfoldedConvolution : autograd.SingleTensorFunction<UnfoldedConvolution>
{
    private const string Plan = "plan";

    public override string Name => nameof(UnfoldedConvolution);

    /// <param name="compiler">Of the device's kernels.</param>
    /// <param name="x">[1,C,H,W], bfloat16, channels-last, C a multiple of 4.</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <param name="of">What these are.</param>
    /// <param name="sum">[1,out,h,w], channels-last, what it is added to: changed, and not to be used again; <see langword="null"/> for nothing.</param>
    /// <param name="backward">Of the pass.</param>
    /// <returns>[1,out,h,w], channels-last.</returns>
    public static Tensor Apply(KernelCompiler compiler, Tensor x, Tensor weight, UnfoldingKernels.Filters of, Tensor? sum, OwnBackward backward)
    {
        // TorchSharp makes tensors of its own beside it.
        using var scope = NewDisposeScope();
        using var nothing = sum is null ? empty(0, x.dtype, x.device) : null;
        var kernels = compiler.Unfolding(x.shape[1], UnfoldingKernels.RowOf(x.shape[1], of.Side));
        // Made before, with room for TorchSharp's own: of a function that it cannot finish it never lets go what came before.
        var (made, rows, matrix) = Made(kernels, x, weight, of, sum);
        empty_like(made).Dispose();
        return apply(x, weight, sum ?? nothing!, new Step(kernels, of, x.shape, weight.shape, made, [rows, matrix], x.requires_grad, weight.requires_grad, sum is not null, backward)).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var step = (Step)vars[3];
        ctx.save_for_backward(step.Kept);
        ctx.set_materialize_grads(false);
        ctx.save_data(Plan, step);
        return step.Made;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var step = (Step)ctx.get_data(Plan);
        // For x, weight, sum and the plan.
        return step.Backward.Give(grad_output, 4, () => Gradients(ctx, grad_output, step));
    }

    private static (Tensor Made, Tensor Rows, Tensor Matrix) Made(UnfoldingKernels kernels, Tensor x, Tensor weight, UnfoldingKernels.Filters of, Tensor? sum)
    {
        using var _ = no_grad();
        var rows = kernels.Unfold(x, of);
        var matrix = Matrix(weight, rows.shape[1]);
        using var transposed = matrix.t();
        if (sum is not null)
        {
            // In place: the convolution that made it does not need it again.
            using var places = Places(sum);
            places.addmm_(rows, transposed).Dispose();
            return (sum.detach(), rows, matrix);
        }

        using var product = rows.mm(transposed);
        using var picture = product.view(1, of.Along(x.shape[2]), of.Along(x.shape[3]), weight.shape[0]);
        return (picture.permute(0, 3, 1, 2), rows, matrix);
    }

    private static List<Tensor> Gradients(autograd.AutogradContext ctx, Tensor output, Step step)
    {
        var kept = ctx.get_saved_variables();
        using var rows = kept[0];
        using var matrix = kept[1];
        using var gradient = MemoryFormat.ChannelsLast(output);
        using var places = Places(gradient);
        return
        [
            step.HasGradient ? OfInput() : null!,
            step.IsTrained ? OfWeight() : null!,
            step.HasSum ? gradient.alias().DetachFromDisposeScope() : null!,
            null!,
        ];

        Tensor OfWeight()
        {
            using var transposed = places.t();
            using var products = transposed.mm(rows);
            var (outputs, channels, side) = (step.Weight[0], step.Weight[1], step.Weight[2]);
            using var filters = products.narrow(1, 0, channels * side * side);
            using var parts = filters.view(outputs, side, side, channels);
            return parts.permute(0, 3, 1, 2).DetachFromDisposeScope();
        }

        Tensor OfInput()
        {
            using var seen = places.mm(matrix);
            return step.Kernels.Fold(seen, step.X, step.Of).DetachFromDisposeScope();
        }
    }

    // [places, channels] of a channels-last picture.
    private static Tensor Places(Tensor picture)
    {
        using var last = picture.permute(0, 2, 3, 1);
        return last.view(-1, picture.shape[1]);
    }

    // [out, room]: each filter as a row, in the order of what it sees.
    private static Tensor Matrix(Tensor weight, long room)
    {
        using var last = weight.permute(0, 2, 3, 1);
        using var rows = last.reshape(weight.shape[0], -1);
        return rows.shape[1] == room ? rows.alias() : nn.functional.pad(rows, [0, room - rows.shape[1]]);
    }

    private sealed record Step(
        UnfoldingKernels Kernels, UnfoldingKernels.Filters Of, long[] X, long[] Weight, Tensor Made, List<Tensor> Kept, bool HasGradient, bool IsTrained, bool HasSum, OwnBackward Backward);
}
