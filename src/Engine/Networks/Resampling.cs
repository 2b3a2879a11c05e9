using System.Collections.Concurrent;
using DipPipeline.Engine.Measuring;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace DipPipeline.Engine.Networks;

/// <summary>Features at twice their resolution.</summary>
internal static class Resampling
{
    // Values along a line up to which a product with a whole matrix pays, and all matrices that there may be are some hundred megabytes.
    private const long LongestProduct = 512;

    private static readonly ConcurrentDictionary<(long Length, string Device, ScalarType Precision), Tensor> s_doublings = [];

    // What a value gives to those around its place, along each axis: 1/4 and 3/4 to either side.
    private static readonly float[] s_bilinear = [0.25f, 0.75f, 0.75f, 0.25f];

    /// <param name="x">[1,C,h,w].</param>
    /// <param name="how">How.</param>
    /// <returns>[1,C,2h,2w].</returns>
    public static Tensor Double(Tensor x, Upsampling how) => how == Upsampling.Nearest
        ? F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Nearest)
        : x.device.type == DeviceType.CUDA && x.dtype == bfloat16 && Math.Max(x.shape[2], x.shape[3]) <= LongestProduct
        ? BilinearByProducts(x)
        : x.device.type != DeviceType.CPU || !x.is_contiguous() || x.dtype == bfloat16
        ? F.interpolate(x, scale_factor: [2, 2], mode: InterpolationMode.Bilinear, align_corners: false)
        : BilinearOfPlanes(x);

    /// <summary>
    /// The same as two products with the matrices of linear doubling, down and across: tensor cores do these in less time than libtorch's kernel
    /// takes for the memory alone, forward and backward (measured: bench/README.md). Between the two it is rounded to x's precision.
    /// </summary>
    /// <param name="x">[1,C,h,w], channels-last.</param>
    internal static Tensor BilinearByProducts(Tensor x)
    {
        var (channels, height, width) = (x.shape[1], x.shape[2], x.shape[3]);
        using var pixels = x.permute(0, 2, 3, 1);
        using var rows = pixels.reshape(height, width, channels);
        using var across = LinearDoubling(width, x).expand(height, 2 * width, width);
        using var wide = across.bmm(rows);
        using var lines = wide.view(height, 2 * width * channels);
        using var doubled = LinearDoubling(height, x).mm(lines);
        using var packed = doubled.view(1, 2 * height, 2 * width, channels);
        return packed.permute(0, 3, 1, 2);
    }

    // [2n,n]: what n values along a line become. Made once a size and device, before any iteration is recorded.
    private static Tensor LinearDoubling(long n, Tensor like) => s_doublings.GetOrAdd((n, like.device.ToString(), like.dtype), _ =>
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        var unit = eye(n, n, float32).unsqueeze(0);
        var doubled = F.interpolate(unit, scale_factor: [2], mode: InterpolationMode.Linear, align_corners: false);
        var matrix = doubled.squeeze(0).t().contiguous().to(like.dtype).to(like.device);
        DeviceClock.Wait(like.device.ToString());
        return matrix.DetachFromDisposeScope();
    });

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
