using System.Buffers.Binary;
using OpenCvSharp;

namespace DipPipeline.Cli.Tests.EndToEnd;

/// <summary>Small pictures, good and bad, drawn into a folder of the test's own.</summary>
internal sealed class TestPictures : IDisposable
{
    public string Folder { get; } = Directory.CreateTempSubdirectory("dip-e2e-").FullName;

    public string Out => Path.Join(Folder, "restored");

    /// <summary>Shading with a disc on it, and noise of so many gray levels; the format is the name's.</summary>
    public string Draw(string name, int width = 32, int height = 24, int noise = 0)
    {
        using var picture = new Mat(height, width, MatType.CV_8UC3);
        for (var y = 0; y < height; y++)
        {
            Cv2.Line(picture, new Point(0, y), new Point(width, y), new Scalar(40 + (150 * y / height), 90, 200 - (100 * y / height)));
        }

        Cv2.Circle(picture, new Point(width / 2, height / 2), height / 4, new Scalar(230, 220, 30), -1);
        if (noise > 0)
        {
            var random = new Random(7);
            foreach (ref var level in picture.AsSpan<byte>())
            {
                level = (byte)Math.Clamp(level + random.Next(-noise, noise + 1), 0, 255);
            }
        }

        return Write(name, picture.ImEncode(Path.GetExtension(name)));
    }

    /// <summary>A mask that keeps all but a square of the given side.</summary>
    public string Mask(string name, int width = 32, int height = 24, int hole = 6)
    {
        using var mask = new Mat(height, width, MatType.CV_8UC1, new Scalar(255));
        Cv2.Rectangle(mask, new Rect(4, 4, hole, hole), new Scalar(0), -1);
        return Write(name, mask.ImEncode(".png"));
    }

    public string BlackMask(string name, int width = 32, int height = 24)
    {
        using var mask = new Mat(height, width, MatType.CV_8UC1, new Scalar(0));
        return Write(name, mask.ImEncode(".png"));
    }

    /// <summary>A PNG whose header, with a valid checksum, claims another size.</summary>
    public string Claiming(string name, int width, int height)
    {
        var bytes = File.ReadAllBytes(Draw(name));
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc32(bytes.AsSpan(12, 17)));
        return Write(name, bytes);
    }

    /// <summary>Over all channels, from the files as they lie there; dB.</summary>
    public static double Psnr(string path, string reference)
    {
        using var a = Cv2.ImRead(path);
        using var b = Cv2.ImRead(reference);
        return Psnr(a, b);
    }

    /// <summary>The classical method by OpenCV's own calls.</summary>
    /// <param name="sigma">Standard deviation of the noise, gray levels; at most 35.</param>
    public static double BaselinePsnr(string task, string path, string mask, string reference, double? sigma)
    {
        using var input = Cv2.ImRead(path);
        using var clean = Cv2.ImRead(reference);
        using var result = new Mat();
        switch (task)
        {
            case "denoise":
                Cv2.FastNlMeansDenoising(input, result, (float)sigma!, 3, 21);
                break;
            case "superres":
                Cv2.Resize(input, result, clean.Size(), interpolation: InterpolationFlags.Cubic);
                break;
            default:
                using (var keep = Cv2.ImRead(mask, ImreadModes.Grayscale))
                using (Mat holes = ~keep)
                {
                    Cv2.Inpaint(input, holes, result, 3, InpaintTypes.Telea);
                }

                break;
        }

        return Psnr(result, clean);
    }

    private static double Psnr(Mat a, Mat b)
    {
        var error = Cv2.Norm(a, b, NormTypes.L2);
        return 10 * Math.Log10(255.0 * 255 * a.Total() * a.Channels() / (error * error));
    }

    public string Write(string name, byte[] bytes)
    {
        var path = Path.Join(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static uint Crc32(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes)
        {
            crc ^= b;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
            }
        }

        return ~crc;
    }
}
