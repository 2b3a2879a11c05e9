using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace DipPipeline.Engine.Imaging;

/// <summary>JPEG (ITU-T T.81): 8-bit gray or three-component pictures, baseline or progressive.</summary>
internal static class JpegContainer
{
    private const byte StartOfScan = 0xDA, EndOfImage = 0xD9, App0 = 0xE0, App1 = 0xE1, App2 = 0xE2, App13 = 0xED, App14 = 0xEE, App15 = 0xEF, Comment = 0xFE;

    private static ReadOnlySpan<byte> ExifPrefix => "Exif\0\0"u8;
    private static ReadOnlySpan<byte> XmpPrefix => "http://ns.adobe.com/xap/1.0/\0"u8;
    private static ReadOnlySpan<byte> IccPrefix => "ICC_PROFILE\0"u8;
    private static ReadOnlySpan<byte> PhotoshopPrefix => "Photoshop 3.0\0"u8;

    public static Container Parse(FileBytes file)
    {
        var metadata = PictureMetadata.None;
        SortedDictionary<byte, byte[]> profile = [];
        List<byte> resources = [];
        List<PngChunk> comments = [];
        (int Width, int Height, int Components)? frame = null;
        foreach (var (marker, offset, length) in Segments(file))
        {
            if (!(IsFrame(marker) ? file.TryRead(offset, length, out var data) : file.TryReadMetadata(offset, length, out data)))
                continue;
            if (IsFrame(marker) && length >= 6)
                frame = Frame(file, data);
            else if (marker == App0 && data.AsSpan().StartsWith("JFIF\0"u8) && length >= 12)
                metadata = metadata with { Resolution = Resolution(data) };
            else if (marker == App1 && data.AsSpan().StartsWith(ExifPrefix))
                metadata = metadata with { Exif = metadata.Exif ?? data[ExifPrefix.Length..] };
            else if (marker == App1 && data.AsSpan().StartsWith(XmpPrefix))
                metadata = metadata with { Xmp = data[XmpPrefix.Length..] };
            else if (marker == App2 && data.AsSpan().StartsWith(IccPrefix) && length > IccPrefix.Length + 2)
                profile[data[IccPrefix.Length]] = data[(IccPrefix.Length + 2)..];
            else if (marker == App13 && data.AsSpan().StartsWith(PhotoshopPrefix))
                resources.AddRange(data.AsSpan(PhotoshopPrefix.Length));
            else if (marker == Comment && length > 0)
                comments.Add(PngChunk.Text("Comment", Comments(data)));
        }

        var (width, height, components) = frame ?? throw file.CutOff();
        if (profile.Count > 0)
            metadata = metadata with { IccProfile = [.. profile.Values.SelectMany(part => part)] };
        metadata = metadata with { PngChunks = [.. comments, .. IptcProfile.Of([.. resources])] };
        return new(
            PictureFormat.Jpeg, width, height, IsGray: components == 1, HasAlpha: false, ExifBlock.Orientation(metadata.Exif), metadata);
    }

    /// <inheritdoc cref="Container.ForDecoder"/>
    public static byte[] ForDecoder(FileBytes file, byte[] bytes)
    {
        using var clean = new MemoryStream(bytes.Length);
        clean.Write(bytes, 0, 2);
        long scan = -1;
        foreach (var (marker, offset, length) in Segments(file))
        {
            if (marker == StartOfScan)
                scan = offset - 4;
            else if (marker is App0 or App14 || (marker is not Comment && marker is not (> App0 and <= App15)))
                clean.Write(bytes, (int)offset - 4, length + 4);
        }

        if (scan < 0)
            throw file.CutOff();
        clean.Write(bytes, (int)scan, EndOfPicture(file, bytes, (int)scan) - (int)scan);
        return clean.ToArray();
    }

    /// <summary>The standard names no encoding: UTF-8 where it is valid, else Latin-1. Many writers end it with a zero.</summary>
    private static string Comments(byte[] data)
    {
        var text = data.AsSpan().TrimEnd((byte)0);
        return Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : Encoding.Latin1.GetString(text);
    }

    /// <summary>Marker segments up to the first scan, that one included.</summary>
    private static IEnumerable<(byte Marker, long Offset, int Length)> Segments(FileBytes file)
    {
        long at = 2;
        while (file.TryRead(at, 4, out var head))
        {
            if (head[0] != 0xFF)
                throw file.CutOff();
            if (head[1] == 0xFF) // fill byte
            {
                at++;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(head.AsSpan(2));
            if (length < 2 || at + 2 + length > file.Length)
                throw file.CutOff();
            yield return (head[1], at + 4, length - 2);
            if (head[1] == StartOfScan)
                yield break;
            at += 2 + length;
        }
    }

    /// <summary>
    /// Walks the scans to the end-of-image marker. In entropy-coded data FF is followed by 00 or a restart marker; any
    /// other marker has a segment, whose bytes are skipped.
    /// </summary>
    private static int EndOfPicture(FileBytes file, byte[] bytes, int at)
    {
        while ((at = Array.IndexOf(bytes, (byte)0xFF, at)) >= 0 && at + 1 < bytes.Length)
        {
            var marker = bytes[at + 1];
            if (marker == EndOfImage)
                return at + 2;
            if (marker == 0xFF)
                at++;
            else if (marker is 0 or 1 or (>= 0xD0 and <= 0xD7))
                at += 2;
            else if (at + 4 <= bytes.Length)
                at += 2 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2));
            else
                break;
            if (at >= bytes.Length)
                break;
        }

        throw file.CutOff();
    }

    /// <summary>Start-of-frame markers, less the three others in their range (tables and arithmetic conditioning).</summary>
    private static bool IsFrame(byte marker) => marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);

    private static (int Width, int Height, int Components) Frame(FileBytes file, byte[] data)
    {
        if (data[0] != 8)
            throw file.Refused($"is a JPEG of {data[0]} bits a sample", "8 bits, or a 16-bit PNG or TIFF, would be accepted");
        if (data[5] is not (1 or 3))
            throw file.Refused($"is a JPEG of {data[5]} components (CMYK)", "a gray or RGB picture would be accepted");
        return (BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(3)), BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(1)), data[5]);
    }

    /// <summary>JFIF density: unit 1 is dots an inch, 2 dots a centimetre, 0 an aspect ratio only.</summary>
    private static PictureResolution? Resolution(byte[] data)
    {
        var scale = data[7] switch { 1 => 1 / 0.0254, 2 => 100, _ => 0.0 };
        var x = BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(8));
        var y = BinaryPrimitives.ReadUInt16BigEndian(data.AsSpan(10));
        return scale == 0 || x == 0 || y == 0 ? null : new((uint)Math.Round(x * scale), (uint)Math.Round(y * scale));
    }
}
