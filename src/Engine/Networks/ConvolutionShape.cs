using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>What a convolution's input has around it, and its stride.</summary>
/// <param name="Border">Pixels more on each side, less than the input has.</param>
/// <param name="Padding">What lies there.</param>
/// <param name="Stride">1 or 2.</param>
internal sealed record ConvolutionShape(int Border, Padding Padding, long Stride)
{
    /// <summary>Zeros that the convolution itself takes for the border.</summary>
    public int Zeros => Padding == Padding.Zero ? Border : 0;

    /// <summary>x with the border that is no zeros: [1,C,H+2·border,W+2·border].</summary>
    /// <param name="x">[1,C,H,W].</param>
    /// <param name="backward">Of the pass.</param>
    public Tensor Pad(Tensor x, OwnBackward backward) => Border == 0 || Padding == Padding.Zero
        ? x.alias()
        : Padding == Padding.Reflection && x.device.type == DeviceType.CUDA ? ReflectionPadding.Pad(x, Border, backward)
        : F.pad(x, (Border, Border, Border, Border), Padding == Padding.Reflection ? PaddingModes.Reflect : PaddingModes.Replicate);

    /// <param name="x">[1,C,H,W].</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <param name="bias">[out].</param>
    /// <param name="backward">Of the pass.</param>
    public Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, OwnBackward backward)
    {
        using var padded = Pad(x, backward);
        return OneDnn.Convolve(padded, weight, bias, Stride, Zeros);
    }

    /// <summary>The gradient of <see cref="Pad"/>, made where it is: what lies beyond the border is added to what it was taken from.</summary>
    /// <param name="gradient">[1,C,H+2·border,W+2·border]; changed.</param>
    /// <returns>A view of its inside.</returns>
    public Tensor Fold(Tensor gradient) => Border == 0 || Padding == Padding.Zero ? gradient.alias() : BorderLines.Fold(gradient, Border, Padding == Padding.Reflection);
}
