using DipPipeline.Contracts.Tasks;
using DipPipeline.Engine.Imaging;
using OpenCvSharp;

namespace DipPipeline.Engine.Metrics;

/// <summary>Classical methods on the same input, to compare a restoration with.</summary>
public static class Baselines
{
    /// <summary>Telea's neighbourhood, pixels: the value his examples and OpenCV's documentation use.</summary>
    public const double TeleaRadius = 3;

    private const int SearchWindow = 21;

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

    /// <summary>Non-local means at 8 bits, all that OpenCV's binding offers: 16-bit input is rounded first.</summary>
    private static Picture NonLocalMeans(Picture input, double sigma255)
    {
        var (h, patch) = NonLocalMeansParameters(input.Channels, sigma255);
        using var noisy = OpenCv.ToMat8(input);
        using var clean = new Mat();
        Cv2.FastNlMeansDenoising(noisy, clean, h, patch, SearchWindow);
        return With(input, OpenCv.ToSamples(clean, input.Channels));
    }

    /// <summary>
    /// Filter strength and patch width. OpenCV weighs patches by exp(−d²/h²) without taking the noise's own 2σ² off d², so
    /// h is about σ, and smaller patches serve colour, whose three channels are compared together. Chosen by PSNR on
    /// two photographs with Gaussian noise: within 0.25 dB of the best of patches 3, 5, 7 and h = 0.75σ … 1.1σ at σ = 25 and 50.
    /// </summary>
    internal static (float H, int Patch) NonLocalMeansParameters(int channels, double sigma255)
    {
        var h = sigma255 <= 35 ? sigma255 : 0.85 * sigma255;
        return ((float)Math.Max(h, 1), channels == 3 ? 3 : 5); // h = 0 would divide by zero
    }

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
