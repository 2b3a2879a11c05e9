using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Metrics;

/// <summary><see cref="QualityMetrics"/> of pictures that are never held as a whole: the same figures, from bands of rows.</summary>
internal static class BandedQuality
{
    private const int MostPixels = 1 << 20;

    /// <param name="result">The restored picture.</param>
    /// <param name="reference">The clean picture, of the same size.</param>
    public static Quality Compare(RawPicture result, RawPicture reference)
    {
        var (width, height) = (result.Width, result.Height);
        var window = Math.Min(Ssim.Window, height);
        var rows = Math.Max(window, MostPixels / width);
        double squares = 0, lumaSquares = 0, similarity = 0;
        long samples = 0, lumas = 0, places = 0;
        // Windows reach over the end of a band: the next begins with the rows that no window of this one starts in.
        for (var top = 0; top <= height - window; top += rows - window + 1)
        {
            var count = Math.Min(rows, height - top);
            var (a, b) = (result.Crop(0, top, width, count), reference.Crop(0, top, width, count));
            var (lumaA, lumaB) = (Luma.StudioRange(a), Luma.StudioRange(b));
            var windows = count - window + 1;
            similarity += Ssim.Of(lumaA, lumaB, width, count) * windows;
            places += windows;

            // What the next band begins with is counted there.
            var own = top + count == height ? count : windows;
            var channels = Math.Max(a.Channels, b.Channels);
            for (var channel = 0; channel < channels; channel++)
            {
                var x = a.Plane(Math.Min(channel, a.Channels - 1));
                var y = b.Plane(Math.Min(channel, b.Channels - 1));
                for (var n = 0; n < own * width; n++)
                {
                    squares += ((double)x[n] - y[n]) * ((double)x[n] - y[n]);
                }
            }

            for (var n = 0; n < own * width; n++)
            {
                lumaSquares += (lumaA[n] - lumaB[n]) * (lumaA[n] - lumaB[n]);
            }

            samples += (long)own * width * channels;
            lumas += (long)own * width;
            if (top + count == height)
            {
                break;
            }
        }

        return new(Psnr.FromMeanSquare(squares / samples, 1), Psnr.FromMeanSquare(lumaSquares / lumas, 255), similarity / places);
    }
}
