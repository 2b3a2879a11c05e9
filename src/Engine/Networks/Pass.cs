using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>One forward pass of a network, whose backward pass is autograd's: what that needs is kept.</summary>
/// <param name="parameters">By registration index.</param>
internal class Pass(Tensor[] parameters)
{
    /// <summary>Whether convolutions are computed by a GPU's tensor cores.</summary>
    public bool IsOnTensorCores => parameters[0] is { dtype: ScalarType.BFloat16, device.type: DeviceType.CUDA };

    /// <summary>Channels that a small part of a convolution's input is filled up to a multiple of.</summary>
    public virtual int Room => IsOnTensorCores ? 16 : 1;

    /// <summary>Whether a convolution over so many channels of two parts takes less time as the sum of the parts'.</summary>
    public virtual bool MergesApart(int skip, int deeper) => IsOnTensorCores;

    /// <summary>A parameter's value; not the caller's to dispose.</summary>
    public Tensor this[ParameterSpec parameter] => parameters[parameter.Index];

    /// <summary>Features that are made of others, by operations that are cheap beside a convolution.</summary>
    /// <param name="make">Gives a tensor that belongs to whoever asked; it asks others for their features each time.</param>
    public virtual Features Derive(Func<Tensor> make) => new(make());

    /// <summary>A convolution, or the sum of some: of features whose channels come in parts.</summary>
    /// <param name="terms">The parts, and the filters of each, [out,C,k,k].</param>
    /// <param name="bias">[out].</param>
    /// <param name="shape">Their borders and stride.</param>
    public virtual Features Convolve(IReadOnlyList<(Features Of, Tensor Weight)> terms, Tensor? bias, ConvolutionShape shape) =>
        new(Convolved(terms, bias, shape.Convolve));

    /// <param name="terms">As of <see cref="Convolve"/>.</param>
    /// <param name="bias">Of the first.</param>
    /// <param name="convolve">Of features, filters and a bias.</param>
    protected static Tensor Convolved(IReadOnlyList<(Features Of, Tensor Weight)> terms, Tensor? bias, Func<Tensor, Tensor, Tensor?, Tensor> convolve)
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
            return convolve(values, terms[i].Weight, bias);
        }
    }
}
