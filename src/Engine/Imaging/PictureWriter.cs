using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>Writes pictures, each atomically: beside the file, flushed to disk, renamed over it. The folder is made when absent.</summary>
public static class PictureWriter
{
    /// <summary>
    /// PNG at the picture's depth, gray or RGB, with alpha and metadata. Samples are clamped to 0..1 and rounded to nearest,
    /// so that what was read at 8 or 16 bits is written bit for bit. Same picture, same bytes.
    /// </summary>
    public static void WritePng(Picture picture, string path) => AtomicFile.Write(path, PngEncoder.Encode(picture));

    /// <summary>8-bit JPEG without alpha and metadata.</summary>
    /// <param name="quality">1..100, by libjpeg's scale.</param>
    public static void WriteJpeg(Picture picture, string path, int quality = 90)
    {
        using var mat = OpenCv.ToMat8(picture);
        WriteJpeg(mat, path, quality);
    }

    internal static void WriteJpeg(Mat mat, string path, int quality) =>
        AtomicFile.Write(path, OpenCv.Encode(".jpg", mat, new ImageEncodingParam(ImwriteFlags.JpegQuality, quality)));
}
