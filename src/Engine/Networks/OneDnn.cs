using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// Convolutions that keep to what oneDNN 3.7, libtorch's library on CPUs, computes right. Measured against float64, with freed memory
/// full of NaN, on an AMD EPYC of family 26 (docs/architecture.md, "Native libraries"):
/// a lone input channel, and in bfloat16 an odd number of output channels, bring whatever memory holds into outputs and gradients; the
/// gradient of a strided 1×1 filter over few channels writes beyond its workspace (oneDNN's issue 6035). Each has an equal that is
/// right: a channel of zeros more, or every second pixel of the input.
/// </summary>
internal static class OneDnn
{
    /// <summary>A two-dimensional convolution with the same stride and zero padding on both axes.</summary>
    /// <param name="x">[1,C,H,W] in the device's memory format.</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <param name="bias">[out].</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="padding">Zeros beyond each border.</param>
    public static Tensor Convolve(Tensor x, Tensor weight, Tensor? bias, long stride, long padding)
    {
        if (weight.shape[2] == 1 && stride > 1 && padding == 0)
        {
            using var sparse = EverySecond(x);
            return Convolve(sparse, weight, bias, 1, 0);
        }

        var lone = weight.shape[1] == 1 ? 1L : 0;
        // A GPU's tensor cores make eight at once.
        var odd = x.dtype != bfloat16 || weight.shape[0] % 2 == 0 ? 0 : x.device.type == DeviceType.CUDA ? 8 - (weight.shape[0] % 8) : 1L;
        if (lone + odd == 0)
        {
            return F.conv2d(x, weight, bias, strides: [stride, stride], padding: [padding, padding]);
        }

        using var input = lone == 0 ? x.alias() : WithChannel(x);
        using var filters = F.pad(weight, [0, 0, 0, 0, 0, lone, 0, odd]);
        using var offsets = bias is null ? null : F.pad(bias, [0, odd]);
        using var result = F.conv2d(input, filters, offsets, strides: [stride, stride], padding: [padding, padding]);
        return result.narrow(1, 0, weight.shape[0]);
    }

    /// <summary>
    /// The gradients of <see cref="Convolve"/>, where that is a plain one without doing it once more. That of its input is the transposed convolution, which as a function of
    /// the filters has the convolution's own gradient: ⟨A_w x, y⟩ = ⟨x, A_wᵀ y⟩.
    /// </summary>
    /// <param name="gradient">That of the output.</param>
    /// <param name="x">The convolution's input.</param>
    /// <param name="weight">[out,C,k,k].</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="padding">Zeros beyond each border.</param>
    /// <returns>Of <paramref name="x"/>, and of <paramref name="weight"/> if it requires one.</returns>
    public static (Tensor OfInput, Tensor? OfWeight) Gradients(Tensor gradient, Tensor x, Tensor weight, long stride, long padding)
    {
        using var recorded = enable_grad();
        using var filters = weight.detach().requires_grad_(weight.requires_grad);
        using var input = x.detach();
        // What Convolve leaves out or adds would have to be left out or added here, too.
        if (x.dtype == bfloat16 || Math.Min(weight.shape[0], weight.shape[1]) == 1 || (stride > 1 && weight.shape[2] == 1))
        {
            input.requires_grad = true;
            using var output = Convolve(input, filters, null, stride, padding);
            var both = autograd.grad([output], weight.requires_grad ? [input, filters] : [input], [gradient]);
            return (both[0], both.Count > 1 ? both[1] : null);
        }

        long Left(int axis) => x.shape[axis] + (2 * padding) - weight.shape[axis] - ((gradient.shape[axis] - 1) * stride);
        using var transposed = F.conv_transpose2d(gradient, filters, null, [stride, stride], [padding, padding], [Left(2), Left(3)]);
        var ofWeight = weight.requires_grad ? autograd.grad([transposed], [filters], [input])[0] : null;
        return (transposed.detach(), ofWeight);
    }

    private static Tensor WithChannel(Tensor x)
    {
        using var wider = F.pad(x, [0, 0, 0, 0, 0, 1]);
        return MemoryFormat.Fastest(wider);
    }

    private static Tensor EverySecond(Tensor x)
    {
        using var rows = x.slice(2, 0, x.shape[2], 2);
        using var both = rows.slice(3, 0, x.shape[3], 2);
        return MemoryFormat.Fastest(both);
    }
}
