using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>Plain resampling, for what the network does not make: alpha, and the bicubic baseline.</summary>
public static class PictureResizer
{
    /// <summary>OpenCV's bicubic interpolation (a = −0.75), clamped to 0..1.</summary>
    /// <param name="alpha">[h,w].</param>
    /// <returns>[H,W].</returns>
    public static float[] ResizeAlpha(float[] alpha, int width, int height, int newWidth, int newHeight)
    {
        var resized = new float[newWidth * newHeight];
        Resize(alpha, width, height, resized, newWidth, newHeight);
        return resized;
    }

    /// <summary>Each channel by OpenCV's bicubic interpolation, alpha too, clamped to 0..1.</summary>
    public static Picture Enlarge(Picture picture, int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 1);
        var (width, height) = (picture.Width * factor, picture.Height * factor);
        var samples = new float[picture.Channels * width * height];
        for (var channel = 0; channel < picture.Channels; channel++)
            Resize(picture.Plane(channel), picture.Width, picture.Height, samples.AsSpan(channel * width * height, width * height), width, height);
        var alpha = picture.Alpha is null ? null : ResizeAlpha(picture.Alpha, picture.Width, picture.Height, width, height);
        return new(width, height, picture.Channels, picture.BitDepth, samples, alpha, picture.Metadata);
    }

    private static void Resize(ReadOnlySpan<float> plane, int width, int height, Span<float> result, int newWidth, int newHeight)
    {
        using var source = OpenCv.ToMat(plane, width, height);
        using var resized = new Mat();
        Cv2.Resize(source, resized, new Size(newWidth, newHeight), 0, 0, InterpolationFlags.Cubic);
        var values = resized.AsSpan<float>();
        for (var n = 0; n < result.Length; n++)
            result[n] = Math.Clamp(values[n], 0f, 1f);
    }
}
