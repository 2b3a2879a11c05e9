using System.Buffers.Binary;
using System.Text;

namespace DipPipeline.Engine.Imaging;

/// <summary>WebP (RFC 9649). Of an animation the first frame is read.</summary>
internal static class WebPContainer
{
    public static Container Parse(FileBytes file)
    {
        var metadata = PictureMetadata.None;
        (int Width, int Height)? size = null;
        var alpha = false;
        foreach (var (type, offset, length) in Chunks(file))
        {
            var head = file.ReadUpTo(offset, 10);
            if (type == "VP8X" && head.Length == 10)
            {
                size = (1 + UInt24(head, 4), 1 + UInt24(head, 7));
                alpha |= (head[0] & 0x10) != 0;
            }
            else if (type == "VP8 " && head.Length == 10)
            {
                size ??= (BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(6)) & 0x3FFF,
                    BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(8)) & 0x3FFF);
            }
            else if (type == "VP8L" && head.Length >= 5)
            {
                var bits = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(1));
                size ??= (1 + (int)(bits & 0x3FFF), 1 + (int)((bits >> 14) & 0x3FFF));
                alpha |= (bits & (1u << 28)) != 0;
            }

            if (type is not ("ICCP" or "EXIF" or "XMP ") || !file.TryReadMetadata(offset, length, out var data))
                continue;
            metadata = type switch
            {
                "ICCP" => metadata with { IccProfile = data },
                "EXIF" => metadata with { Exif = data.AsSpan().StartsWith("Exif\0\0"u8) ? data[6..] : data },
                _ => metadata with { Xmp = data },
            };
        }

        var (width, height) = size ?? throw file.CutOff();
        return new(PictureFormat.WebP, width, height, IsGray: false, alpha, ExifBlock.Orientation(metadata.Exif), metadata);
    }

    /// <inheritdoc cref="Container.ForDecoder"/>
    public static byte[] ForDecoder(FileBytes file, byte[] bytes) =>
        8L + BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4)) > bytes.Length ? throw file.CutOff() : bytes;

    private static IEnumerable<(string Type, long Offset, int Length)> Chunks(FileBytes file)
    {
        for (long at = 12; file.TryRead(at, 8, out var head);)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(4));
            yield return (Encoding.Latin1.GetString(head, 0, 4), at + 8, (int)Math.Min(length, int.MaxValue));
            at += 8 + length + (length & 1);
        }
    }

    private static int UInt24(byte[] data, int at) => data[at] | data[at + 1] << 8 | data[at + 2] << 16;
}
