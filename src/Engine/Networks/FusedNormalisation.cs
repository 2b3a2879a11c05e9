using DipPipeline.Engine.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>Features that are to be normalised.</summary>
/// <param name="X">[1,S,h,w], bfloat16, channels-last.</param>
/// <param name="Channels">How many of x's channels, the first ones, count; the others are nobody's.</param>
/// <param name="From">The first of the batch norm's channels that they are.</param>
/// <param name="IsDoubled">Whether x is doubled before, bilinear; then nothing comes after.</param>
/// <param name="Activation">What comes after.</param>
internal sealed record NormalisedPart(Tensor X, long Channels, long From, bool IsDoubled, Activation? Activation);

/// <summary><see cref="NormalisationKernels"/> as a function that autograd knows: of features whose channels come in parts.</summary>
internal sealed class FusedNormalisation : autograd.SingleTensorFunction<FusedNormalisation>
{
    // As libtorch's batch norm.
    private const float Epsilon = 1e-5f;
    private const string Plan = "plan";

    public override string Name => nameof(FusedNormalisation);

    /// <param name="compiler">Of the device's kernels.</param>
    /// <param name="parts">Of one size, where what is doubled counts twice; their channels follow each other.</param>
    /// <param name="scale">The batch norm's, of all its channels; those that are in none of the parts get no gradient.</param>
    /// <param name="shift">Likewise.</param>
    /// <param name="border">Pixels of reflection on each side.</param>
    /// <param name="room">Channels of the result: those of all parts, or more, which are 0.</param>
    /// <param name="backward">Of the pass.</param>
    /// <returns>[1,room,H+2·border,W+2·border], channels-last.</returns>
    public static Tensor Apply(KernelCompiler compiler, IReadOnlyList<NormalisedPart> parts, Tensor scale, Tensor shift, int border, long room, OwnBackward backward)
    {
        var steps = new Step[parts.Count];
        var from = 0L;
        for (var i = 0; i < steps.Length; i++)
        {
            var channels = parts[i].Channels;
            var into = new NormalisationKernels.Channels(room, from, i < steps.Length - 1 ? channels : room - from);
            steps[i] = new Step(KernelsFor(compiler, parts[i], border, into), into, new(parts[i].From, channels), parts[i].Activation == Activation.LeakyReLU ? (float)Block.LeakySlope : 0);
            from += channels;
        }

        var times = parts[0].IsDoubled ? 2 : 1;
        long[] packed = [1, (times * parts[0].X.shape[2]) + (2 * border), (times * parts[0].X.shape[3]) + (2 * border), room];
        // TorchSharp makes tensors of its own beside it.
        using var scope = NewDisposeScope();
        // Made before, with room for TorchSharp's own: of a function that it cannot finish it never lets go what came before.
        var (made, kept) = Made(parts, scale, shift, steps, packed);
        empty_like(made).Dispose();
        return apply([scale, shift, .. parts.Select(part => part.X), new Steps(steps, made, kept, scale.shape[0], backward)]).MoveToOuterDisposeScope();
    }

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var steps = (Steps)vars[^1];
        ctx.save_for_backward(steps.Kept);
        // One that fails gives none to those before it.
        ctx.set_materialize_grads(false);
        ctx.save_data(Plan, steps);
        return steps.Made;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var steps = (Steps)ctx.get_data(Plan);
        // For scale, shift, all parts and the plan.
        return steps.Backward.Give(grad_output, steps.Parts.Length + 3, () => Gradients(ctx, grad_output, steps));
    }

    private static (Tensor Made, List<Tensor> Kept) Made(IReadOnlyList<NormalisedPart> parts, Tensor scale, Tensor shift, Step[] steps, long[] packed)
    {
        using var _ = no_grad();
        using var values = empty(packed, bfloat16, scale.device);
        var y = values.permute(0, 3, 1, 2);
        var kept = new List<Tensor>();
        for (var i = 0; i < steps.Length; i++)
        {
            var (x, step) = (parts[i].X, steps[i]);
            kept.AddRange(x, step.Kernels.Forward(x, scale, shift, step.Affine, y, step.Into, step.Slope, Epsilon));
        }

        return (y, kept);
    }

    private static List<Tensor> Gradients(autograd.AutogradContext ctx, Tensor output, Steps steps)
    {
        using var gradient = MemoryFormat.ChannelsLast(output);
        var kept = ctx.get_saved_variables();
        List<Tensor> gradients = [OfAffine(), OfAffine()];
        for (var i = 0; i < steps.Parts.Length; i++)
        {
            using var x = kept[2 * i];
            using var coefficients = kept[(2 * i) + 1];
            var step = steps.Parts[i];
            gradients.Add(step.Kernels.Backward(gradient, x, coefficients, step.Into, step.Slope, gradients[0], gradients[1], step.Affine).DetachFromDisposeScope());
        }

        return [.. gradients, null!];

        // Those of channels that are in none of the parts stay 0.
        Tensor OfAffine() => (steps.Parts.Sum(part => part.Affine.Count) == steps.Affine
            ? empty([steps.Affine], float32, gradient.device)
            : zeros([steps.Affine], float32, gradient.device)).DetachFromDisposeScope();
    }

    private static NormalisationKernels KernelsFor(KernelCompiler compiler, NormalisedPart part, int border, NormalisationKernels.Channels into) => compiler.For(
        [part.X.shape[1], part.Channels, into.All, into.From, into.Count], new(part.IsDoubled, border, part.Activation switch
        {
            null => 0,
            Activation.LeakyReLU or Activation.ReLU => 1,
            Activation.ELU => 2,
            _ => 3,
        }));

    private sealed record Step(NormalisationKernels Kernels, NormalisationKernels.Channels Into, NormalisationKernels.Span Affine, float Slope);

    private sealed record Steps(Step[] Parts, Tensor Made, List<Tensor> Kept, long Affine, OwnBackward Backward);
}
