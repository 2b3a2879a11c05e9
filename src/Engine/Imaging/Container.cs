using OpenCvSharp;

namespace DipPipeline.Engine.Imaging;

/// <summary>A picture file's container, parsed without decoding a pixel.</summary>
/// <param name="Width">Pixels across as stored, before <paramref name="Orientation"/>.</param>
/// <param name="IsGray">Stored as gray, which the decoder cannot tell for gray with alpha.</param>
/// <param name="HasAlpha">A fourth decoded channel means opacity.</param>
/// <param name="Orientation">EXIF orientation, 1..8.</param>
internal sealed record Container(
    PictureFormat Format, int Width, int Height, bool IsGray, bool HasAlpha, int Orientation, PictureMetadata Metadata)
{
    /// <summary>The gray value, 0..1, that stands for full transparency, where a gray PNG names one.</summary>
    public float? TransparentGray { get; init; }

    /// <summary>Whether the decoded picture has opacity, be it a channel or a colour.</summary>
    public bool HasAnyAlpha => HasAlpha || TransparentGray is not null;

    /// <summary>Colours are stored multiplied by alpha.</summary>
    public bool IsPremultiplied { get; init; }

    /// <summary>A TIFF that <see cref="PlainTiff"/> reads, not OpenCV.</summary>
    public bool IsPlainTiff { get; init; }

    /// <exception cref="Contracts.RefusedException">No known format, or a header that cannot be used.</exception>
    public static Container Parse(FileBytes file)
    {
        if (file.Length == 0)
            throw file.Refused("is empty (0 bytes)", FileBytes.Accepted);

        var start = file.ReadUpTo(0, 16).AsSpan();
        if (start.StartsWith(PngContainer.Signature))
            return PngContainer.Parse(file);
        if (start.StartsWith<byte>([0xFF, 0xD8, 0xFF]))
            return JpegContainer.Parse(file);
        if (start.StartsWith("II"u8) && start.Length > 3 && start[2] is 42 or 43 || start.StartsWith("MM\0"u8))
            return TiffContainer.Parse(file);
        if (start.StartsWith("RIFF"u8) && start.Length >= 12 && start[8..].StartsWith("WEBP"u8))
            return WebPContainer.Parse(file);
        if (start.StartsWith("BM"u8))
            return BmpContainer.Parse(file);
        throw file.Refused("is no picture this program reads (its content says so, whatever its name)", FileBytes.Accepted);
    }

    /// <summary>Gray, gray and alpha, BGR or BGR and alpha, as stored; null where the pixels cannot be decoded. The caller disposes it.</summary>
    /// <exception cref="Contracts.RefusedException">The file is cut off or damaged.</exception>
    public Mat? Decode(FileBytes file, byte[] bytes) =>
        IsPlainTiff ? PlainTiff.Decode(file, bytes) : OpenCv.Decode(ForDecoder(file, bytes));

    /// <summary>
    /// Checks that the file is whole, and gives the decoder pixels only: the decoder would draw missing parts gray,
    /// turn the picture a second time, and complain about odd metadata on standard error.
    /// </summary>
    /// <exception cref="Contracts.RefusedException">The file is cut off or damaged.</exception>
    private byte[] ForDecoder(FileBytes file, byte[] bytes) => Format switch
    {
        PictureFormat.Png => PngContainer.ForDecoder(file, bytes),
        PictureFormat.Jpeg => JpegContainer.ForDecoder(file, bytes),
        PictureFormat.Tiff => TiffContainer.ForDecoder(file, bytes),
        PictureFormat.WebP => WebPContainer.ForDecoder(file, bytes),
        _ => BmpContainer.ForDecoder(file, bytes),
    };
}
