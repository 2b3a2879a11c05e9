using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Energy;

/// <summary>A x = k ∗ x with an odd-sided kernel k, channel by channel, zero beyond the border; Aᵀ correlates.</summary>
public sealed class Blur : ForwardOperator
{
    private readonly Tensor _kernel;
    private readonly long _padding;

    /// <param name="kernel">[side, side], odd side, in the device and type of the pictures; copied.</param>
    public Blur(Tensor kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (kernel.dim() != 2 || kernel.shape[0] != kernel.shape[1] || kernel.shape[0] % 2 == 0)
        {
            throw new ArgumentException($"A blur kernel is square with an odd side; this one is [{string.Join(",", kernel.shape)}].", nameof(kernel));
        }

        _kernel = kernel.detach().flip(0, 1).unsqueeze(0).unsqueeze(0).contiguous().DetachFromDisposeScope();
        _padding = kernel.shape[0] / 2;
    }

    /// <summary>A normalised Gaussian kernel of standard deviation <paramref name="sigma"/> pixels, cut at 3σ.</summary>
    public static Blur Gaussian(double sigma, Device device)
    {
        using var scope = NewDisposeScope();
        var radius = (int)Math.Ceiling(3 * sigma);
        var line = exp(arange(-radius, radius + 1, dtype: float32, device: device).pow(2).mul(-1 / (2 * sigma * sigma)));
        var kernel = line.outer(line);
        return new Blur(kernel / kernel.sum());
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        return ByChannel(x, (several, kernel) => F.conv2d(several, kernel, padding: [_padding, _padding], groups: several.shape[1]));
    }

    /// <inheritdoc/>
    public override Tensor Adjoint(Tensor y)
    {
        ArgumentNullException.ThrowIfNull(y);
        return ByChannel(y, (several, kernel) => F.conv_transpose2d(several, kernel, padding: [_padding, _padding], groups: several.shape[1]));
    }

    // A lone channel gets one of zeros beside it: oneDNN's convolution of a single channel is wrong on some processors
    // (docs/architecture.md, "Native libraries").
    private Tensor ByChannel(Tensor x, Func<Tensor, Tensor, Tensor> convolve)
    {
        var channels = Math.Max(2, x.shape[1]);
        using var kernel = _kernel.expand(channels, 1, -1, -1);
        if (channels == x.shape[1])
        {
            return convolve(x, kernel);
        }

        using var wider = F.pad(x, [0, 0, 0, 0, 0, 1]);
        using var packed = wider.contiguous();
        using var result = convolve(packed, kernel);
        return result.narrow(1, 0, 1);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _kernel.Dispose();
        }

        base.Dispose(disposing);
    }
}
