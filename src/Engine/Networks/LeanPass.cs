using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A pass that keeps only what convolutions make. What lies between two of them (batch norm, activation, doubling, joining, padding) takes a
/// twentieth of their time, and is done again in the backward pass, one convolution after another from the last to the first: a third of what is kept, a fifth less memory in all
/// (Chen et al. 2016, "Training deep nets with sublinear memory cost"). Convolutions, but for those from or to a lone channel, are not done twice
/// (<see cref="OneDnn.Gradients"/>). The numbers are autograd's.
/// </summary>
internal sealed class LeanPass : Pass
{
    private readonly Tensor[] _parameters;
    private readonly Tensor[] _leaves;
    private readonly Stack<(Tensor Output, Action<Tensor> Backward)> _convolutions = [];

    private LeanPass(Tensor[] parameters, Tensor[] leaves)
        : base(leaves) => (_parameters, _leaves) = (parameters, leaves);

    /// <summary>
    /// Whether a pass is nearly as fast so: of narrower networks, or with 1×1 filters, what is done again takes a tenth of the time, or more; in bfloat16 the convolutions
    /// would have to be done again, too (bench/README.md).
    /// </summary>
    public static bool Suits(NetworkSettings network, Device device, ScalarType precision) =>
        network is { Kind: NetworkKind.Skip, Width: >= 96, FilterUp: >= 3, FilterDown: >= 3 } && device.type == DeviceType.CPU && precision != bfloat16;

    /// <param name="parameters">By registration index, in float32 or float64. All that the pass keeps belongs to the current dispose scope.</param>
    public static LeanPass Begin(Tensor[] parameters) => new(parameters, [.. parameters.Select(p => p.detach().requires_grad_(p.requires_grad))]);

    /// <summary>Values that are kept of the features, input and parameters aside.</summary>
    public long Kept => _convolutions.Sum(c => c.Output.numel());

    // oneDNN computes with 8 or 16 channels at once: 132 take a sixth longer than 128 and 4 (measured: bench/README.md).
    public override bool MergesApart(int skip, int deeper) => deeper % 16 == 0 && skip % 8 != 0;

    public override Features Derive(Func<Tensor> make) => new(make);

    public override Features Convolve(IReadOnlyList<(Features Of, Tensor Weight)> terms, Tensor? bias, ConvolutionShape shape)
    {
        var (output, backward) = terms.All(t => !t.Of.HasGradient) ? OfInput() : OfFeatures();
        _convolutions.Push((output, backward));
        return new(output.alias) { HasGradient = output.requires_grad };

        // Nobody wants their gradient, so that nothing is done again.
        (Tensor, Action<Tensor>) OfInput()
        {
            var known = Convolved(terms, bias, Shaped(shape));
            return (known.detach().requires_grad_(known.requires_grad), gradient => autograd.backward([known], [gradient]));
        }

        (Tensor, Action<Tensor>) OfFeatures()
        {
            // The callers' to dispose.
            var trainedBias = bias is { requires_grad: true } ? bias.alias() : null;
            var convolution = new LeanConvolution(shape, OwnBackward);
            (Features Of, Tensor Weight)[] kept = [.. terms.Select(t => (t.Of, t.Weight.alias()))];
            using var unrecorded = no_grad();
            return (Convolved(terms, bias, convolution.Apply).requires_grad_(true), gradient =>
            {
                if (trainedBias is not null)
                {
                    autograd.backward([trainedBias], [gradient.sum([0, 2, 3])]);
                }

                for (var i = 0; i < kept.Length; i++)
                {
                    Backward(kept[i].Of, kept[i].Weight, convolution, gradient, isLast: i == kept.Length - 1);
                }
            });
        }
    }

    // Lets go of each tensor as soon as it can: here is the most that a pass holds at once. So what the convolution saw is made twice, without
    // what its own gradient needs while the convolution's are computed.
    private static void Backward(Features of, Tensor weight, LeanConvolution convolution, Tensor gradient, bool isLast)
    {
        var (ofValues, ofWeight) = Gradients();
        if (isLast)
        {
            gradient.Dispose();
        }

        using (ofValues)
        using (ofWeight)
        using (var values = of.Get())
        {
            autograd.backward(ofWeight is null ? [values] : [values, weight], ofWeight is null ? [ofValues] : [ofValues, ofWeight]);
        }

        (Tensor, Tensor?) Gradients()
        {
            using var unrecorded = no_grad();
            return convolution.Gradients(gradient, of.Get, weight);
        }
    }

    /// <summary>To be called when the gradient of the last convolution's output is there: adds up those of the parameters.</summary>
    public void Backward()
    {
        using var recorded = enable_grad();
        while (_convolutions.TryPop(out var convolution))
        {
            using var scope = NewDisposeScope();
            if (convolution.Output.grad is { } gradient)
            {
                // Whoever reads it has been before; only its gradient goes on.
                convolution.Output.Dispose();
                convolution.Backward(gradient);
            }
        }

        var trained = Enumerable.Range(0, _leaves.Length).Where(i => _leaves[i].grad is not null).ToArray();
        autograd.backward([.. trained.Select(i => _parameters[i])], [.. trained.Select(i => _leaves[i].grad!)]);
    }
}
