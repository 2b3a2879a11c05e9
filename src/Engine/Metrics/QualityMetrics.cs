using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Metrics;

/// <summary>How close a result is to its reference. Alpha is not compared.</summary>
public static class QualityMetrics
{
    /// <param name="border">Pixels cut off every side first: super-resolution is customarily scored without the borders.</param>
    /// <remarks>Gray against RGB: gray counts as R = G = B. Bit depths need not agree.</remarks>
    /// <exception cref="RefusedException">The sizes differ, or nothing is left within the border.</exception>
    public static Quality Compare(Picture result, Picture reference, int border = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(border);
        if (result.Width != reference.Width || result.Height != reference.Height)
        {
            throw new RefusedException(
                $"The reference is {reference.Width}×{reference.Height} pixels but the result is {result.Width}×{result.Height}; " +
                "a reference of the result's size would be accepted.");
        }

        if (2 * border >= Math.Min(result.Width, result.Height))
            throw new RefusedException($"A border of {border} leaves nothing of {result.Width}×{result.Height} pixels; a narrower one would be accepted.");

        var channels = Math.Max(result.Channels, reference.Channels);
        var (a, b) = (Crop(result, border, channels), Crop(reference, border, channels));
        var (lumaA, lumaB) = (Luma.StudioRange(a), Luma.StudioRange(b));
        return new(Psnr.Of(a.Samples, b.Samples), Psnr.Of(lumaA, lumaB, 255), Ssim.Of(lumaA, lumaB, a.Width, a.Height));
    }

    private static Picture Crop(Picture picture, int border, int channels)
    {
        if (border == 0 && channels == picture.Channels)
            return picture;
        var (width, height) = (picture.Width - 2 * border, picture.Height - 2 * border);
        var samples = new float[channels * width * height];
        for (var channel = 0; channel < channels; channel++)
        {
            var plane = picture.Plane(Math.Min(channel, picture.Channels - 1));
            for (var y = 0; y < height; y++)
                plane.Slice((y + border) * picture.Width + border, width).CopyTo(samples.AsSpan((channel * height + y) * width, width));
        }

        return new(width, height, channels, picture.BitDepth, samples);
    }
}
