using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// A JPEG to glance at: before and after side by side under a labelled strip. The smaller picture is scaled up by
/// nearest neighbour, so that super-resolution shows what it started from; transparency shows a checkerboard.
/// </summary>
public static class PreviewImage
{
    /// <summary>Longest side of the preview, pixels; strip and gap come on top.</summary>
    public const int LongestSide = 2000;

    private const int Strip = 32, Gap = 8, Square = 8, Quality = 90;
    private static readonly Scalar Paper = new(250, 250, 250), Ink = new(40, 40, 40);

    public static void Write(string path, Picture before, Picture after)
    {
        var (width, height) = (Math.Max(before.Width, after.Width), Math.Max(before.Height, after.Height));
        var scale = Math.Min(1, LongestSide / (double)Math.Max(2 * width, height));
        var size = new Size(Math.Max(1, (int)Math.Round(width * scale)), Math.Max(1, (int)Math.Round(height * scale)));
        using var sheet = new Mat(size.Height + Strip, 2 * size.Width + Gap, MatType.CV_8UC3, Paper);
        Place(sheet, before, 0, new Size(width, height), size, "before");
        Place(sheet, after, size.Width + Gap, new Size(width, height), size, "after");
        PictureWriter.WriteJpeg(sheet, path, Quality);
    }

    private static void Place(Mat sheet, Picture picture, int x, Size full, Size shown, string label)
    {
        using var flat = Flattened(picture);
        using var enlarged = new Mat();
        Cv2.Resize(flat, enlarged, full, 0, 0, InterpolationFlags.Nearest);
        using var scaled = new Mat();
        Cv2.Resize(enlarged, scaled, shown, 0, 0, InterpolationFlags.Area);
        using var target = sheet.SubMat(new Rect(x, Strip, shown.Width, shown.Height));
        scaled.CopyTo(target);

        // Narrow pictures get smaller letters rather than a label cut off.
        var text = Cv2.GetTextSize(label, HersheyFonts.HersheySimplex, 0.7, 1, out _);
        var size = 0.7 * Math.Min(1, shown.Width / (text.Width + 4.0));
        Cv2.PutText(sheet, label, new Point(x + 2, Strip - 10), HersheyFonts.HersheySimplex, size, Ink, 1, LineTypes.AntiAlias);
    }

    /// <summary>8-bit BGR, over a checkerboard where it is transparent.</summary>
    private static Mat Flattened(Picture picture)
    {
        var mat = new Mat(picture.Height, picture.Width, MatType.CV_8UC3);
        var bytes = mat.AsSpan<byte>();
        for (var channel = 0; channel < 3; channel++)
        {
            var plane = picture.Plane(Math.Min(channel, picture.Channels - 1));
            var at = 2 - channel;
            for (var n = 0; n < plane.Length; n++, at += 3)
            {
                var opacity = picture.Alpha?[n] ?? 1f;
                var even = (n % picture.Width / Square + n / picture.Width / Square) % 2 == 0;
                var value = plane[n] * opacity + (even ? 1f : 0.85f) * (1 - opacity);
                bytes[at] = (byte)Math.Clamp(MathF.Round(value * 255f), 0f, 255f);
            }
        }

        return mat;
    }
}
