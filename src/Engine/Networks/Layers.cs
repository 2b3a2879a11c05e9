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

    public Convolution(ParameterLayout layout, int input, int output, int side, bool bias, Padding padding, Downsampling? reduce = null)
    {
        (_side, _padding, _reduce) = (side, padding, reduce);
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

    public Tensor Apply(Tensor x, Tensor[] parameters)
    {
        long stride = _reduce is Downsampling.Stride ? 2 : 1;
        var border = (_side - 1) / 2;
        using var padded = _padding == Padding.Zero ? x.alias() : Pad(x, border, _padding);
        long own = _padding == Padding.Zero ? border : 0;
        var result = F.conv2d(padded, parameters[_weight.Index], At(parameters, _bias), strides: [stride, stride], padding: [own, own]);
        if (_reduce is null or Downsampling.Stride)
        {
            return result;
        }

        using (result)
        {
            return Reduce(result, parameters);
        }
    }

    private static Tensor? At(Tensor[] parameters, ParameterSpec? spec) => spec is null ? null : parameters[spec.Index];

    private static Tensor Pad(Tensor x, int border, Padding padding) => border == 0
        ? x.alias()
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
                {
                    return F.conv2d(padded, parameters[_reducerWeight.Index], At(parameters, _reducerBias), strides: [2, 2]);
                }
        }
    }
}

/// <summary>Batch norm with the statistics of the picture itself; computes in float32 inside, whatever the precision.</summary>
internal sealed class Normalisation(ParameterLayout layout, int channels)
{
    private readonly ParameterSpec _scale = layout.Add(ParameterKind.Affine, ParameterStart.Constant, 1, channels);
    private readonly ParameterSpec _shift = layout.Add(ParameterKind.Affine, ParameterStart.Constant, 0, channels);

    public Tensor Apply(Tensor x, Tensor[] parameters) =>
        F.batch_norm(x, null!, null!, parameters[_scale.Index], parameters[_shift.Index], training: true);
}

/// <summary>Convolution, batch norm, non-linearity: the network's only building block.</summary>
internal sealed class Block(
    ParameterLayout layout, int input, int output, int side, NetworkSettings settings, Downsampling? reduce = null)
{
    private readonly Convolution _convolution = new(layout, input, output, side, settings.Bias, settings.Padding, reduce);
    private readonly Normalisation _normalisation = new(layout, output);

    public Tensor Apply(Tensor x, Tensor[] parameters)
    {
        using var convolved = _convolution.Apply(x, parameters);
        var normal = _normalisation.Apply(convolved, parameters);
        // In place: the batch norm's backward pass needs its input, not its output, so a whole tensor a block is saved.
        switch (settings.Activation)
        {
            case Activation.LeakyReLU:
                using (normal)
                {
                    return normal.leaky_relu_(0.2);
                }

            case Activation.ReLU:
                using (normal)
                {
                    return normal.relu_();
                }

            case Activation.ELU:
                using (normal)
                {
                    return normal.elu_(1.0);
                }

            default:
                using (normal)
                {
                    return F.silu(normal);
                }
        }
    }
}
