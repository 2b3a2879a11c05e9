using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// The identity, whose backward pass keeps the gradient and passes on none. <c>autograd.grad</c> gives the same, but what libtorch throws in it
/// passes through TorchSharp uncaught and ends the process; and leaves that get theirs by <c>backward</c> copy it, a kernel each.
/// </summary>
internal sealed class GradientTap : autograd.SingleTensorFunction<GradientTap>
{
    private const string Keep = "keep";

    public override string Name => nameof(GradientTap);

    /// <param name="leaf">Requires a gradient.</param>
    /// <param name="keep">Gets it, where there is one, and owns it.</param>
    /// <returns>Its values.</returns>
    public static Tensor Apply(Tensor leaf, Action<Tensor> keep)
    {
        using var scope = NewDisposeScope();
        return apply(leaf, keep).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        ctx.set_materialize_grads(false);
        ctx.save_data(Keep, vars[1]);
        return ((Tensor)vars[0]).detach();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        if (!grad_output.IsInvalid)
        {
            ((Action<Tensor>)ctx.get_data(Keep))(grad_output);
        }

        return [null!, null!];
    }
}
