using System.Buffers.Binary;
using System.Text;

namespace DipPipeline.Engine.Imaging;

/// <summary>PNG (W3C PNG, third edition). Of an animation the default image is read.</summary>
internal static class PngContainer
{
    private const string KeptVerbatim = "sRGB gAMA cHRM cICP tEXt zTXt iTXt";

    /// <summary>What decides pixel values; gamma and profiles are carried, never applied.</summary>
    private const string Pixels = "IHDR PLTE tRNS IDAT IEND";

    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    public static Container Parse(FileBytes file)
    {
        var header = file.Read(8, 25);
        if (!header.AsSpan(4).StartsWith("IHDR"u8))
            throw file.CutOff();
        var width = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(8));
        var height = BinaryPrimitives.ReadUInt32BigEndian(header.AsSpan(12));
        if (width is 0 or > int.MaxValue || height is 0 or > int.MaxValue)
            throw file.CutOff();
        var colour = header[17];

        var metadata = PictureMetadata.None;
        List<PngChunk> kept = [];
        var transparent = false;
        float? transparentGray = null;
        foreach (var (type, offset, length) in Chunks(file))
        {
            transparent |= type == "tRNS";
            if (!IsMetadata(type) || !file.TryReadMetadata(offset, length, out var data))
                continue;
            var chunk = new PngChunk(type, data);
            if (type == "tRNS" && colour == 0 && length == 2)
                transparentGray = Gray(BinaryPrimitives.ReadUInt16BigEndian(data), header[16]);
            if (type == "iCCP")
                metadata = metadata with { IccProfile = chunk.AsIccProfile() };
            else if (type == "eXIf")
                metadata = metadata with { Exif = data };
            else if (type == "pHYs" && data is [.., 1] && data.Length == 9)
                metadata = metadata with { Resolution = Resolution(data) };
            else if (chunk.IsXmp)
                metadata = metadata with { Xmp = chunk.AsXmp() };
            else if (KeptVerbatim.Contains(type, StringComparison.Ordinal) && !IsLegacyProfile(chunk))
                kept.Add(chunk);
        }

        return new(
            PictureFormat.Png, (int)width, (int)height, IsGray: colour is 0 or 4, HasAlpha: colour is 4 or 6 || transparent,
            ExifBlock.Orientation(metadata.Exif), metadata with { PngChunks = kept })
        {
            TransparentGray = transparentGray,
        };
    }

    /// <inheritdoc cref="Container.ForDecoder"/>
    public static byte[] ForDecoder(FileBytes file, byte[] bytes)
    {
        using var clean = new MemoryStream(bytes.Length);
        clean.Write(Signature);
        var whole = false;
        foreach (var (type, offset, length) in Chunks(file))
        {
            if (!Pixels.Contains(type, StringComparison.Ordinal))
                continue;
            var chunk = bytes.AsSpan((int)offset - 8, length + 12);
            if (Crc32.Of(chunk[4..8], chunk[8..^4]) != BinaryPrimitives.ReadUInt32BigEndian(chunk[^4..]))
                throw file.CutOff();
            clean.Write(chunk);
            whole = type == "IEND";
        }

        return whole ? clean.ToArray() : throw file.CutOff();
    }

    /// <summary>Chunks that are there in full, up to the end marker or to where the file breaks off.</summary>
    private static IEnumerable<(string Type, long Offset, int Length)> Chunks(FileBytes file)
    {
        for (long at = 8; file.TryRead(at, 8, out var head);)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(head);
            var type = Encoding.Latin1.GetString(head, 4, 4);
            if (at + 12 + length > file.Length)
                yield break;
            yield return (type, at + 8, (int)length);
            if (type == "IEND")
                yield break;
            at += 12 + length;
        }
    }

    private static bool IsMetadata(string type) => type is "iCCP" or "eXIf" or "pHYs" or "tRNS" || KeptVerbatim.Contains(type, StringComparison.Ordinal);

    /// <summary>
    /// EXIF or XMP in hexadecimal text, from before PNG had chunks for them: carrying them would carry an orientation unsettled. IPTC, which
    /// has no other place in a PNG, is carried.
    /// </summary>
    private static bool IsLegacyProfile(PngChunk chunk) => chunk.Keyword is "Raw profile type exif" or "Raw profile type APP1" or "Raw profile type xmp";

    /// <summary>The sample as it will be decoded: depths under 8 are spread over 8 bits.</summary>
    private static float Gray(int value, int bits) =>
        bits == 16 ? value / 65535f : value * (255 / ((1 << bits) - 1)) / 255f;

    private static PictureResolution Resolution(byte[] data) => new(
        BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(4)));
}
