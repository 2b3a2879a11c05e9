using System.Buffers.Binary;

namespace DipPipeline.Engine.Imaging;

/// <summary>Windows bitmaps: 1 to 32 bits a pixel.</summary>
internal static class BmpContainer
{
    private const int CoreHeader = 12, HeaderWithAlphaMask = 56;

    public static Container Parse(FileBytes file)
    {
        var header = file.ReadUpTo(14, 56);
        if (header.Length < CoreHeader)
            throw file.CutOff();
        var size = BinaryPrimitives.ReadInt32LittleEndian(header);
        if (size == CoreHeader)
        {
            return new(
                PictureFormat.Bmp, BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(4)),
                BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(6)), IsGray: false, HasAlpha: false, 1, PictureMetadata.None);
        }

        if (header.Length < 40)
            throw file.CutOff();
        var width = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(4));
        var height = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)); // negative: rows from the top
        if (width <= 0 || height is 0 or int.MinValue)
            throw file.CutOff();
        var alpha = size >= HeaderWithAlphaMask && header.Length == 56 && BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(52)) != 0;
        var (x, y) = (BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(24)), BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(28)));
        return new(
            PictureFormat.Bmp, width, Math.Abs(height), IsGray: false, alpha, 1,
            new PictureMetadata { Resolution = x > 0 && y > 0 ? new((uint)x, (uint)y) : null });
    }

    /// <inheritdoc cref="Container.ForDecoder"/>
    public static byte[] ForDecoder(FileBytes file, byte[] bytes)
    {
        // Only uncompressed rows have a length that the header tells; run-length coded ones are the decoder's to check.
        var header = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(14));
        if (header == CoreHeader)
            return bytes;
        long width = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(18));
        long height = Math.Abs(BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(22)));
        long bits = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(28));
        var compression = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(30));
        var row = (width * bits + 31) / 32 * 4;
        var start = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(10));
        return compression is 0 or 3 && start + row * height > bytes.Length ? throw file.CutOff() : bytes;
    }
}
