using DipPipeline.Engine.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>One forward pass of a network, whose backward pass is autograd's: what that needs is kept.</summary>
/// <param name="parameters">By registration index.</param>
internal class Pass(Tensor[] parameters)
{
    /// <summary>The fastest that there is where the parameters are.</summary>
    /// <param name="parameters">What they are.</param>
    /// <param name="compiler">Of the device's own kernels.</param>
    public static Pass Begin(ParameterBuffer parameters, KernelCompiler? compiler) => Begin(parameters, compiler, withLostBiases => parameters.Views(withLostBiases));

    /// <param name="parameters">What they are.</param>
    /// <param name="compiler">Of the device's own kernels.</param>
    /// <param name="views">Gives their values, by registration index, with those biases that have no effect or without.</param>
    public static Pass Begin(ParameterBuffer parameters, KernelCompiler? compiler, Func<bool, Tensor[]> views) =>
        compiler is not null && parameters.Precision == bfloat16 ? new FusedPass(views(false), compiler) : new Pass(views(true));

    /// <summary>Whether convolutions are computed by a GPU's tensor cores.</summary>
    public bool IsOnTensorCores => parameters[0] is { dtype: ScalarType.BFloat16, device.type: DeviceType.CUDA };

    /// <summary>Channels that a small part of a convolution's input is filled up to a multiple of.</summary>
    public virtual int Room => IsOnTensorCores ? 16 : 1;

    /// <summary>That of functions of our own.</summary>
    public OwnBackward OwnBackward { get; } = new();

    /// <summary>Whether convolutions add biases that the batch norm after them takes away again.</summary>
    public virtual bool AddsLostBiases => true;

    /// <summary>Whether a convolution over so many channels of two parts takes less time as the sum of the parts'.</summary>
    public virtual bool MergesApart(int skip, int deeper) => IsOnTensorCores;

    /// <summary>A parameter's value; not the caller's to dispose.</summary>
    public Tensor this[ParameterSpec parameter] => parameters[parameter.Index];

    /// <summary>Features that are made of others, by operations that are cheap beside a convolution.</summary>
    /// <param name="make">Gives a tensor that belongs to whoever asked; it asks others for their features each time.</param>
    public virtual Features Derive(Func<Tensor> make) => new(make());

    /// <summary>Features at twice their resolution.</summary>
    public virtual Features Double(Features of, Upsampling how) => Derive(() =>
    {
        using var values = of.Get();
        return Resampling.Double(values, how);
    });

    /// <summary>Features after a batch norm and, where there is one, a non-linearity.</summary>
    /// <param name="of">Disposed of by the caller, who may do so at once.</param>
    /// <param name="by">The batch norm.</param>
    /// <param name="from">The first of its channels that these features have.</param>
    /// <param name="activation">What follows.</param>
    public virtual Features Normalise(Features of, Normalisation by, long from, Activation? activation) => Derive(() =>
    {
        using var values = of.Get();
        var normal = by.ApplyToPart(values, this, from);
        return activation is { } function ? Block.Activate(normal, function) : normal;
    });

    /// <summary>A convolution, or the sum of some: of features whose channels come in parts.</summary>
    /// <param name="terms">The parts, and the filters of each, [out,C,k,k].</param>
    /// <param name="bias">[out].</param>
    /// <param name="shape">Their borders and stride.</param>
    public virtual Features Convolve(IReadOnlyList<(Features Of, Tensor Weight)> terms, Tensor? bias, ConvolutionShape shape) =>
        new(Convolved(terms, bias, Shaped(shape)));

    /// <summary>A convolution of that shape, of features, filters and a bias.</summary>
    protected Func<Tensor, Tensor, Tensor?, Tensor> Shaped(ConvolutionShape shape) => (x, weight, bias) => shape.Convolve(x, weight, bias, OwnBackward);

    // Channels of zeros that the smaller part of a convolution's input gets, and its filters: over 8 channels cuDNN's convolution takes four times
    // as long as over 16 (measured: bench/README.md).
    private long More(IReadOnlyList<(Features Of, Tensor Weight)> terms, int i) => i == 0 ? 0 : (Room - (terms[i].Weight.shape[1] % Room)) % Room;

    /// <param name="terms">As of <see cref="Convolve"/>.</param>
    /// <param name="bias">Of the first.</param>
    /// <param name="convolve">Of features, filters and a bias.</param>
    protected Tensor Convolved(IReadOnlyList<(Features Of, Tensor Weight)> terms, Tensor? bias, Func<Tensor, Tensor, Tensor?, Tensor> convolve)
    {
        var sum = Term(0, bias);
        for (var i = 1; i < terms.Count; i++)
        {
            using var term = Term(i, null);
            sum.add_(term);
        }

        return sum;

        Tensor Term(int i, Tensor? bias)
        {
            using var values = terms[i].Of.Get();
            if (More(terms, i) is not (> 0 and var more))
            {
                return convolve(values, terms[i].Weight, bias);
            }

            using var wider = nn.functional.pad(values, [0, 0, 0, 0, 0, more]);
            using var filters = nn.functional.pad(terms[i].Weight, [0, 0, 0, 0, 0, more]);
            return convolve(wider, filters, bias);
        }
    }
}
