using DipPipeline.Engine.Imaging;
using OpenCvSharp;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>Pictures made on the spot, and files of them as other programs would write them.</summary>
internal static class Samples
{
    /// <summary>Every sample a value of its bit depth, drawn from a seeded generator.</summary>
    public static Picture Noise(int width, int height, int channels = 3, int bitDepth = 8, bool alpha = false, PictureMetadata? metadata = null)
    {
        var random = new Random(width * 31 + height);
        var peak = bitDepth == 16 ? 65535 : 255;
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(peak + 1) / (float)peak)];
        return new(width, height, channels, bitDepth, Draw(width * height * channels), alpha ? Draw(width * height) : null, metadata);
    }

    /// <summary>Smooth colours, which survive lossy formats nearly unchanged.</summary>
    public static Picture Smooth(int width, int height, int channels = 3)
    {
        var samples = new float[width * height * channels];
        for (var n = 0; n < samples.Length; n++)
        {
            var (channel, y, x) = (n / (width * height), n / width % height, n % width);
            samples[n] = MathF.Round(255 * (0.5f + 0.4f * MathF.Sin((x + channel * 7) / 9f) * MathF.Cos(y / 11f))) / 255f;
        }

        return new(width, height, channels, 8, samples);
    }

    public static Picture Constant(int width, int height, params float[] colour) =>
        new(width, height, colour.Length, 8, [.. colour.SelectMany(value => Enumerable.Repeat(value, width * height))]);

    /// <summary>Encoded by OpenCV: an encoder that is not the one under test.</summary>
    public static byte[] Encode(Picture picture, string extension, params ImageEncodingParam[] parameters)
    {
        using var mat = ToMat(picture);
        Cv2.ImEncode(extension, mat, out var bytes, parameters);
        return bytes;
    }

    /// <summary>Interleaved BGR(A) at the picture's depth.</summary>
    public static Mat ToMat(Picture picture)
    {
        var planes = Enumerable.Range(0, picture.Channels).Reverse().Select(channel => picture.Plane(channel).ToArray()).ToList();
        if (picture.Alpha is not null)
            planes.Add(picture.Alpha);
        var wide = picture.BitDepth == 16;
        var mats = planes.Select(plane =>
        {
            var mat = new Mat(picture.Height, picture.Width, wide ? MatType.CV_16UC1 : MatType.CV_8UC1);
            for (var n = 0; n < plane.Length; n++)
            {
                if (wide)
                    mat.Set(n / picture.Width, n % picture.Width, (ushort)Math.Round(plane[n] * 65535));
                else
                    mat.Set(n / picture.Width, n % picture.Width, (byte)Math.Round(plane[n] * 255));
            }

            return mat;
        }).ToArray();
        var merged = new Mat();
        Cv2.Merge(mats, merged);
        foreach (var mat in mats)
            mat.Dispose();
        return merged;
    }
}
