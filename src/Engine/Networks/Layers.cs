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
    private readonly Padding _padding;
    private readonly Downsampling? _reduce;
    private readonly int _side;
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
        (_side, _padding, _reduce, _normalised) = (side, padding, reduce, normalised);
        // PyTorch's default: uniform within the inverse root of the fan-in, for weights and biases alike.
        var bound = 1 / Math.Sqrt(input * side * side);
        _weight = layout.Add(ParameterKind.Weight, ParameterStart.Uniform, bound, output, input, side, side);
        _bias = bias ? layout.Add(ParameterKind.Bias, ParameterStart.Uniform, bound, output) : null;
        if (reduce is Downsampling.Lanczos2 or Downsampling.Lanczos3)
        {
            var a = reduce is Downsampling.Lanczos2 ? 2 : 3;
            _reducerWeight = layout.Add(ParameterKind.Weight, ParameterStart.Lanczos, a, output, output, 4 * a, 4 * a);
            _reducerBias = layout.Add(ParameterKind.Bias, ParameterStart.Constant, 0, output);
        }
    }

    /// <summary>Of an input whose channels come in two parts; of a convolution that reduces nothing.</summary>
    /// <param name="first">[1,a,H,W].</param>
    /// <param name="second">[1,b,H,W].</param>
    /// <param name="parameters">By registration index; the filters are of a + b channels.</param>
    public Tensor ApplyToSum(Tensor first, Tensor second, Tensor[] parameters)
    {
        var (a, b) = (first.shape[1], second.shape[1]);
        // Over 8 channels cuDNN's convolution takes four times as long as over 16 (measured: bench/README.md).
        var room = (a + 15) / 16 * 16;
        using var wider = F.pad(first, [0, 0, 0, 0, 0, room - a]);
        using var filtersOfFirst = parameters[_weight.Index].narrow(1, 0, a);
        using var widerFilters = F.pad(filtersOfFirst, [0, 0, 0, 0, 0, room - a]);
        using var filters = parameters[_weight.Index].narrow(1, a, b);
        using var bias = Bias(parameters, _bias);
        using var part = Convolve(wider, widerFilters, null, stride: 1);
        return Convolve(second, filters, bias, stride: 1).add_(part);
    }

    public Tensor Apply(Tensor x, Tensor[] parameters)
    {
        using var bias = Bias(parameters, _bias);
        var result = Convolve(x, parameters[_weight.Index], bias, _reduce is Downsampling.Stride ? 2 : 1);
        if (_reduce is null or Downsampling.Stride)
        {
            return result;
        }

        using (result)
        {
            return Reduce(result, parameters);
        }
    }

    private Tensor Convolve(Tensor x, Tensor filters, Tensor? bias, long stride)
    {
        var border = (_side - 1) / 2;
        using var padded = _padding == Padding.Zero ? x.alias() : Pad(x, border, _padding);
        return OneDnn.Convolve(padded, filters, bias, stride, _padding == Padding.Zero ? border : 0);
    }

    private Tensor? Bias(Tensor[] parameters, ParameterSpec? spec) => spec is null ? null
        : _normalised ? parameters[spec.Index].detach()
        : parameters[spec.Index].alias();

    private static Tensor Pad(Tensor x, int border, Padding padding) => border == 0
        ? x.alias()
        : padding == Padding.Reflection && x.device.type == DeviceType.CUDA ? ReflectionPadding.Pad(x, border)
        : F.pad(x, (border, border, border, border), padding == Padding.Reflection ? PaddingModes.Reflect : PaddingModes.Replicate);

    private Tensor Reduce(Tensor x, Tensor[] parameters)
    {
        switch (_reduce)
        {
            case Downsampling.Avg:
                return F.avg_pool2d(x, 2L, 2L);
            case Downsampling.Max:
                return F.max_pool2d(x, 2L, 2L);
            default:
                // The original keeps the border's value beyond it, whatever the network's padding.
                using (var padded = Pad(x, ((int)_reducerWeight!.Shape[2] - 2) / 2, Padding.Replication))
                using (var bias = Bias(parameters, _reducerBias))
                {
                    return OneDnn.Convolve(padded, parameters[_reducerWeight.Index], bias, stride: 2, padding: 0);
                }
        }
    }
}

/// <summary>Batch norm with the statistics of the picture itself; computes in float32 inside, whatever the precision.</summary>
internal sealed class Normalisation(ParameterLayout layout, int channels)
{
    private readonly ParameterSpec _scale = layout.Add(ParameterKind.Affine, ParameterStart.Constant, 1, channels);
    private readonly ParameterSpec _shift = layout.Add(ParameterKind.Affine, ParameterStart.Constant, 0, channels);

    /// <summary>Of some of the channels, [1,C,H,W], those from <paramref name="from"/> on.</summary>
    public Tensor ApplyToPart(Tensor x, Tensor[] parameters, long from)
    {
        using var scale = parameters[_scale.Index].narrow(0, from, x.shape[1]);
        using var shift = parameters[_shift.Index].narrow(0, from, x.shape[1]);
        return F.batch_norm(x, null!, null!, scale, shift, training: true);
    }

    // Of one picture a batch norm is a group norm with a group for each channel: faster on whole planes; slower, and less exact, on channels-last.
    public Tensor Apply(Tensor x, Tensor[] parameters) => !x.is_contiguous() || x.dtype == bfloat16
        ? F.batch_norm(x, null!, null!, parameters[_scale.Index], parameters[_shift.Index], training: true)
        : F.group_norm(x, channels, parameters[_scale.Index], parameters[_shift.Index]);
}

/// <summary>Convolution, batch norm, non-linearity: the network's only building block.</summary>
internal sealed class Block(
    ParameterLayout layout, int input, int output, int side, NetworkSettings settings, Downsampling? reduce = null)
{
    private readonly Convolution _convolution = new(layout, input, output, side, settings.Bias, settings.Padding, reduce, normalised: true);
    private readonly Normalisation _normalisation = new(layout, output);

    public Tensor Apply(Tensor x, Tensor[] parameters)
    {
        using var convolved = _convolution.Apply(x, parameters);
        return Finish(convolved, parameters);
    }

    /// <summary>See <see cref="Convolution.ApplyToSum"/>.</summary>
    public Tensor ApplyToSum(Tensor first, Tensor second, Tensor[] parameters)
    {
        using var convolved = _convolution.ApplyToSum(first, second, parameters);
        return Finish(convolved, parameters);
    }

    private Tensor Finish(Tensor convolved, Tensor[] parameters)
    {
        var normal = _normalisation.Apply(convolved, parameters);
        // In place: the batch norm's backward pass needs its input, not its output, so a whole tensor a block is saved.
        switch (settings.Activation)
        {
            case Activation.LeakyReLU:
                return normal.leaky_relu_(0.2);
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
