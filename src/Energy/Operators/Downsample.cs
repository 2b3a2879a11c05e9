using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Energy;

/// <summary>
/// A x = V x Hᵀ: reduces [1,C,H,W] to [1,C,H/s,W/s] for a whole factor s. The kernel is separable, so rows and columns each have one
/// matrix, which holds the replicated border too; Aᵀ y = Vᵀ y H. Output pixels sit in the middle of their s×s block (phase 0.5).
/// </summary>
public sealed class Downsample : ForwardOperator
{
    // Made at first use: a picture too large is refused between formulating its problem and computing with it.
    private readonly Lazy<Tensor> _vertical;
    private readonly Lazy<Tensor> _horizontal;

    /// <param name="kernel">The kernel.</param>
    /// <param name="factor">s, at least 2.</param>
    /// <param name="height">H, a multiple of s.</param>
    /// <param name="width">W, a multiple of s.</param>
    /// <param name="device">Where pictures live.</param>
    public Downsample(ResamplingKernel kernel, int factor, int height, int width, Device device)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 2);
        if (height % factor != 0 || width % factor != 0)
        {
            throw new ArgumentException($"A picture of {width}×{height} cannot be reduced by {factor}: both sides must be multiples of it.", nameof(factor));
        }

        var taps = Taps(kernel, factor);
        _vertical = new(() => Matrix(taps, factor, height, device));
        _horizontal = new(() => Matrix(taps, factor, width, device));
    }

    /// <inheritdoc/>
    public override Tensor Apply(Tensor x)
    {
        using var rows = _vertical.Value.matmul(x);
        using var transposed = _horizontal.Value.t();
        return rows.matmul(transposed);
    }

    /// <inheritdoc/>
    public override Tensor Adjoint(Tensor y)
    {
        using var transposed = _vertical.Value.t();
        using var rows = transposed.matmul(y);
        return rows.matmul(_horizontal.Value);
    }

    /// <summary>The one-dimensional kernel, normalised: an even number of taps around the block's middle.</summary>
    public static IReadOnlyList<double> Taps(ResamplingKernel kernel, int factor)
    {
        var radius = kernel switch
        {
            ResamplingKernel.Lanczos2 or ResamplingKernel.Bicubic => 2 * factor,
            ResamplingKernel.Lanczos3 => 3 * factor,
            _ => 0,
        };
        // Box needs s taps, the others 2·radius; for odd factors the middle of the block is a pixel, so the count keeps the factor's parity.
        var count = radius == 0 ? factor : (2 * radius) - (factor % 2);
        var values = Enumerable.Range(0, count).Select(i => Weight(kernel, (i - ((count - 1) / 2.0)) / factor)).ToArray();
        var sum = values.Sum();
        return [.. values.Select(v => v / sum)];
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (var matrix in new[] { _vertical, _horizontal }.Where(m => m.IsValueCreated))
            {
                matrix.Value.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private static double Weight(ResamplingKernel kernel, double t)
    {
        t = Math.Abs(t);
        return kernel switch
        {
            ResamplingKernel.Lanczos2 => Lanczos(t, 2),
            ResamplingKernel.Lanczos3 => Lanczos(t, 3),
            ResamplingKernel.Bicubic when t < 1 => (((1.5 * t) - 2.5) * t * t) + 1,
            ResamplingKernel.Bicubic when t < 2 => ((((-0.5 * t) + 2.5) * t) - 4) * t + 2,
            ResamplingKernel.Bicubic => 0,
            _ => 1,
        };
    }

    private static double Lanczos(double t, int a) => t < 1e-12 ? 1 : t >= a ? 0
        : a * Math.Sin(Math.PI * t) * Math.Sin(Math.PI * t / a) / (Math.PI * Math.PI * t * t);

    private static Tensor Matrix(IReadOnlyList<double> taps, int factor, int length, Device device)
    {
        var rows = length / factor;
        var matrix = new float[rows * length];
        var padding = (taps.Count - factor) / 2;
        for (var row = 0; row < rows; row++)
        {
            for (var tap = 0; tap < taps.Count; tap++)
            {
                var column = Math.Clamp((row * factor) - padding + tap, 0, length - 1);
                matrix[(row * length) + column] += (float)taps[tap];
            }
        }

        return tensor(matrix, [rows, length], device: device).DetachFromDisposeScope();
    }
}
