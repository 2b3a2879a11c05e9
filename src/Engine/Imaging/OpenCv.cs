using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>The one door to OpenCV: silenced, and with conversions between its interleaved BGR and our planar RGB.</summary>
internal static class OpenCv
{
    // Its log would go to standard output, which belongs to the command line's JSON; its exceptions still reach us.
    static OpenCv() => Cv2.SetLogLevel(LogLevel.SILENT);

    /// <summary>Decodes an 8-bit or 16-bit picture as stored; null where OpenCV cannot. The caller disposes it.</summary>
    public static Mat? Decode(byte[] bytes)
    {
        try
        {
            var mat = Cv2.ImDecode(bytes, ImreadModes.Unchanged);
            if (!mat.Empty() && (mat.Depth() is MatType.CV_8U or MatType.CV_16U))
                return mat;
            mat.Dispose();
            return null;
        }
        catch (OpenCVException)
        {
            // Undecodable, whatever its words; the reader refuses the file by name.
            return null;
        }
    }

    public static byte[] Encode(string extension, Mat mat, params ImageEncodingParam[] parameters)
    {
        Cv2.ImEncode(extension, mat, out var bytes, parameters);
        return bytes;
    }

    /// <summary>One interleaved channel as a plane, 0..1.</summary>
    public static void CopyPlane(Mat mat, int channel, Span<float> plane)
    {
        using var one = mat.ExtractChannel(channel);
        using var real = new Mat();
        // Divided below rather than scaled here: n/255 must be the float nearest to it.
        one.ConvertTo(real, MatType.CV_32F);
        real.GetArray(out float[] values);
        var peak = mat.Depth() == MatType.CV_16U ? 65535f : 255f;
        for (var n = 0; n < values.Length; n++)
            plane[n] = values[n] / peak;
    }

    /// <summary>A plane as a one-channel float matrix, 0..1.</summary>
    public static Mat ToMat(ReadOnlySpan<float> plane, int width, int height)
    {
        var mat = new Mat(height, width, MatType.CV_32FC1);
        plane.CopyTo(mat.AsSpan<float>());
        return mat;
    }

    /// <summary>8 bits, rounded; one channel for gray, BGR for RGB.</summary>
    public static Mat ToMat8(Picture picture)
    {
        var mat = new Mat(picture.Height, picture.Width, MatType.CV_8UC(picture.Channels));
        var bytes = mat.AsSpan<byte>();
        for (var channel = 0; channel < picture.Channels; channel++)
        {
            var plane = picture.Plane(channel);
            var at = picture.Channels - 1 - channel;
            for (var n = 0; n < plane.Length; n++, at += picture.Channels)
                bytes[at] = (byte)Math.Clamp(MathF.Round(plane[n] * 255f), 0f, 255f);
        }

        return mat;
    }

    /// <summary>Planar samples of an 8-bit or 16-bit matrix: gray, or RGB from BGR(A).</summary>
    public static float[] ToSamples(Mat mat, int channels)
    {
        var pixels = mat.Rows * mat.Cols;
        var samples = new float[pixels * channels];
        for (var channel = 0; channel < channels; channel++)
            CopyPlane(mat, channels == 3 ? 2 - channel : channel, samples.AsSpan(channel * pixels, pixels));
        return samples;
    }
}
