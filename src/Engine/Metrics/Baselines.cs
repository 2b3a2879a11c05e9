using DipPipeline.Contracts.Tasks;
using DipPipeline.Engine.Imaging;
using OpenCvSharp;

namespace DipPipeline.Engine.Metrics;

/// <summary>Classical methods on the same input, to compare a restoration with.</summary>
public static class Baselines
{
    /// <summary>Telea's neighbourhood, pixels: the value his examples and OpenCV's documentation use.</summary>
    public const double TeleaRadius = 3;

    /// <param name="mask">[H,W], 1 known; needed by <see cref="BaselineMethod.Telea"/>, which fills what is below one half.</param>
    /// <param name="factor">Enlargement, used by <see cref="BaselineMethod.Bicubic"/>.</param>
    /// <param name="sigma255">Standard deviation of the noise in 0..255 units, used by <see cref="BaselineMethod.NonLocalMeans"/>.</param>
    /// <returns><see langword="null"/> for <see cref="BaselineMethod.None"/>.</returns>
    public static Picture? Compute(BaselineMethod method, Picture input, float[]? mask, int factor, double sigma255) => method switch
    {
        BaselineMethod.None => null,
        BaselineMethod.NonLocalMeans => NonLocalMeans(input, sigma255),
        BaselineMethod.Bicubic => PictureResizer.Enlarge(input, factor),
        BaselineMethod.Telea => Telea(input, mask ?? throw new ArgumentNullException(nameof(mask), "Telea's inpainting needs a mask.")),
        _ => throw new ArgumentOutOfRangeException(nameof(method), method, "No such method."),
    };

    /// <summary>Non-local means at 8 bits, all that OpenCV offers: 16-bit input is rounded first.</summary>
    private static Picture NonLocalMeans(Picture input, double sigma255)
    {
        var (h, patch, search) = NonLocalMeansParameters(input.Channels, sigma255);
        using var noisy = OpenCv.ToMat8(input);
        using var clean = new Mat();
        Cv2.FastNlMeansDenoising(noisy, clean, h, patch, search);
        return With(input, OpenCv.ToSamples(clean, input.Channels));
    }

    internal static (float H, int Patch, int Search) NonLocalMeansParameters(int channels, double sigma255) =>
        ((float)(1.0 * sigma255), channels == 3 ? 3 : 5, 21);

    /// <summary>
    /// Fast-marching inpainting at 8 bits, all that OpenCV offers for colour; known pixels keep their own value, so only
    /// filled ones are rounded to 8 bits.
    /// </summary>
    private static Picture Telea(Picture input, float[] mask)
    {
        using var picture = OpenCv.ToMat8(input);
        using var holes = new Mat(input.Height, input.Width, MatType.CV_8UC1);
        var holeBytes = holes.AsSpan<byte>();
        for (var n = 0; n < mask.Length; n++)
            holeBytes[n] = (byte)(mask[n] < 0.5f ? 255 : 0);
        using var filled = new Mat();
        Cv2.Inpaint(picture, holes, filled, TeleaRadius, InpaintTypes.Telea);

        var samples = OpenCv.ToSamples(filled, input.Channels);
        for (var n = 0; n < samples.Length; n++)
        {
            if (mask[n % mask.Length] >= 0.5f)
                samples[n] = input.Samples[n];
        }

        return With(input, samples);
    }

    private static Picture With(Picture input, float[] samples) =>
        new(input.Width, input.Height, input.Channels, input.BitDepth, samples, input.Alpha, input.Metadata);
}
