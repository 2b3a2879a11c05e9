using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>A convolution with its padding and, in the encoder, its reduction by two.</summary>
internal sealed class Convolution
{
    private readonly ParameterSpec _weight;
    private readonly ParameterSpec? _bias;
    private readonly ParameterSpec? _reducerWeight;
    private readonly ParameterSpec? _reducerBias;
    private readonly ConvolutionShape _shape;
    private readonly Downsampling? _reduce;
    private readonly bool _normalised;

    /// <param name="layout">Takes the parameters.</param>
    /// <param name="input">Channels in.</param>
    /// <param name="output">Channels out.</param>
    /// <param name="side">Side of the filters.</param>
    /// <param name="bias">Whether there is one.</param>
    /// <param name="padding">What lies beyond the border.</param>
    /// <param name="reduce">How the resolution is halved, in the encoder.</param>
    /// <param name="normalised">
    /// Whether a batch norm follows: it takes the mean away, so the bias has no effect and its gradient is zero, not the rounding
    /// noise that automatic differentiation would give and Adam would turn into full steps.
    /// </param>
    public Convolution(ParameterLayout layout, int input, int output, int side, bool bias, Padding padding, Downsampling? reduce = null, bool normalised = false)
    {
        (_reduce, _normalised) = (reduce, normalised);
        _shape = new((side - 1) / 2, padding, reduce is Downsampling.Stride ? 2 : 1);
        // PyTorch's default: uniform within the inverse root of the fan-in, for weights and biases alike.
        var bound = 1 / Math.Sqrt(input * side * side);
        _weight = layout.Add(ParameterKind.Weight, ParameterStart.Uniform, bound, output, input, side, side);
        _bias = bias ? layout.Add(normalised ? ParameterKind.LostBias : ParameterKind.Bias, ParameterStart.Uniform, bound, output) : null;
        if (reduce is Downsampling.Lanczos2 or Downsampling.Lanczos3)
        {
            var a = reduce is Downsampling.Lanczos2 ? 2 : 3;
            _reducerWeight = layout.Add(ParameterKind.Weight, ParameterStart.Lanczos, a, output, output, 4 * a, 4 * a);
            _reducerBias = layout.Add(normalised ? ParameterKind.LostBias : ParameterKind.Bias, ParameterStart.Constant, 0, output);
        }
    }

    /// <summary>Of an input whose channels come in two parts; of a convolution that reduces nothing.</summary>
    /// <param name="first">[1,a,H,W].</param>
    /// <param name="a">Its channels.</param>
    /// <param name="second">[1,b,H,W].</param>
    /// <param name="pass">Its filters are of a + b channels.</param>
    public Features ApplyToParts(Features first, int a, Features second, Pass pass)
    {
        // Not two narrower views: the gradient of each would be as large as the whole.
        var filters = pass[_weight].split([a, pass[_weight].shape[1] - a], 1);
        using var ofFirst = filters[0];
        using var ofSecond = filters[1];
        using var bias = Bias(pass, _bias);
        return pass.Convolve([(second, ofSecond), (first, ofFirst)], bias, _shape);
    }

    public Features Apply(Features x, Pass pass)
    {
        using var bias = Bias(pass, _bias);
        var result = pass.Convolve([(x, pass[_weight])], bias, _shape);
        if (_reduce is null or Downsampling.Stride)
        {
            return result;
        }

        using (result)
        {
            return Reduce(result, pass);
        }
    }

    private Tensor? Bias(Pass pass, ParameterSpec? spec) => spec is null || (_normalised && !pass.AddsLostBiases) ? null : _normalised ? pass[spec].detach() : pass[spec].alias();

    private Features Reduce(Features x, Pass pass)
    {
        if (_reducerWeight is null)
        {
            return pass.Derive(() =>
            {
                using var values = x.Get();
                return _reduce == Downsampling.Avg ? F.avg_pool2d(values, 2L, 2L) : F.max_pool2d(values, 2L, 2L);
            });
        }

        using var bias = Bias(pass, _reducerBias);
        // The original keeps the border's value beyond it, whatever the network's padding.
        return pass.Convolve([(x, pass[_reducerWeight])], bias, new(((int)_reducerWeight.Shape[2] - 2) / 2, Padding.Replication, Stride: 2));
    }
}

/// <summary>Batch norm with the statistics of the picture itself; computes in float32 inside, whatever the precision.</summary>
internal sealed class Normalisation(ParameterLayout layout, int channels)
{
    private readonly ParameterSpec _scale = layout.Add(ParameterKind.Affine, ParameterStart.Constant, 1, channels);
    private readonly ParameterSpec _shift = layout.Add(ParameterKind.Affine, ParameterStart.Constant, 0, channels);

    /// <summary>Of some of the channels, [1,C,H,W], those from <paramref name="from"/> on.</summary>
    public Tensor ApplyToPart(Tensor x, Pass pass, long from)
    {
        var (scale, shift) = Affine(pass, from, x.shape[1]);
        using (scale)
        using (shift)
        {
            return Apply(x, scale, shift);
        }
    }

    /// <summary>What some of the channels, once they have mean 0 and variance 1, are multiplied by, and what is added; the caller's to dispose.</summary>
    public (Tensor Scale, Tensor Shift) Affine(Pass pass, long from, long count) => count == channels
        ? Affine(pass)
        : (pass[_scale].narrow(0, from, count), pass[_shift].narrow(0, from, count));

    /// <summary>The same of all channels.</summary>
    public (Tensor Scale, Tensor Shift) Affine(Pass pass) => (pass[_scale].alias(), pass[_shift].alias());

    public Tensor Apply(Tensor x, Pass pass) => Apply(x, pass[_scale], pass[_shift]);

    // Of one picture a batch norm is a group norm with a group for each channel: faster on whole planes; slower, and less exact, on channels-last.
    private static Tensor Apply(Tensor x, Tensor scale, Tensor shift) => !x.is_contiguous() || x.dtype == bfloat16
        ? F.batch_norm(x, null!, null!, scale, shift, training: true)
        : F.group_norm(x, x.shape[1], scale, shift);
}

/// <summary>Convolution, batch norm, non-linearity: the network's only building block.</summary>
internal sealed class Block(
    ParameterLayout layout, int input, int output, int side, NetworkSettings settings, Downsampling? reduce = null)
{
    /// <summary>Of LeakyReLU below zero.</summary>
    public const double LeakySlope = 0.2;

    private readonly Convolution _convolution = new(layout, input, output, side, settings.Bias, settings.Padding, reduce, normalised: true);
    private readonly Normalisation _normalisation = new(layout, output);

    public Features Apply(Features x, Pass pass)
    {
        using var convolved = _convolution.Apply(x, pass);
        return pass.Normalise(convolved, _normalisation, 0, settings.Activation);
    }

    /// <summary>See <see cref="Convolution.ApplyToParts"/>.</summary>
    public Features ApplyToParts(Features first, int channels, Features second, Pass pass)
    {
        using var convolved = _convolution.ApplyToParts(first, channels, second, pass);
        return pass.Normalise(convolved, _normalisation, 0, settings.Activation);
    }

    /// <summary>The non-linearity of a batch norm's output, which it takes over.</summary>
    public static Tensor Activate(Tensor normal, Activation function)
    {
        // In place: the batch norm's backward pass needs its input, not its output, so a whole tensor a block is saved.
        switch (function)
        {
            case Activation.LeakyReLU:
                return normal.leaky_relu_(LeakySlope);
            case Activation.ReLU:
                return normal.relu_();
            case Activation.ELU:
                using (normal)
                {
                    return F.elu(normal, 1.0);
                }

            default:
                using (normal)
                {
                    return F.silu(normal);
                }
        }
    }
}
