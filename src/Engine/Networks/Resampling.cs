using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>Features at twice their resolution.</summary>
internal static class Resampling
{
    // What a value gives to those around its place, along each axis: 1/4 and 3/4 to either side.
    private static readonly float[] s_bilinear = [0.25f, 0.75f, 0.75f, 0.25f];

    /// <param name="x">[1,C,h,w].</param>
    /// <param name="how">How.</param>
    /// <returns>[1,C,2h,2w].</returns>
    public static Tensor Double(Tensor x, Upsampling how) => how == Upsampling.Nearest
        ? F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest)
        : x.device.type != DeviceType.CPU || !x.is_contiguous() || x.dtype == bfloat16
        ? F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false)
        : BilinearOfPlanes(x);

    // Libtorch's own way through whole planes takes three times as long (measured: bench/README.md). The border's value beyond it, as there.
    private static Tensor BilinearOfPlanes(Tensor x)
    {
        var channels = x.shape[1];
        using var padded = F.pad(x, (1, 1, 1, 1), PaddingModes.Replicate);
        using var line = tensor(s_bilinear, dtype: x.dtype, device: x.device);
        using var square = line.outer(line);
        using var filters = square.expand(channels, 1, 4, 4).contiguous();
        return F.conv_transpose2d(padded, filters, strides: [2, 2], padding: [3, 3], groups: channels);
    }
}
