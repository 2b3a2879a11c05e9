using System.Text;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>Small but valid metadata, and the segments that put it into a JPEG.</summary>
internal static class MetadataSamples
{
    public const string Artist = "Ada Example";

    public static TheoryData<int> Orientations => [.. Enumerable.Range(1, 8)];

    /// <summary>An EXIF block: orientation and artist; with <paramref name="size"/> an EXIF directory of pixel dimensions.</summary>
    public static byte[] Exif(int orientation, bool bigEndian = false, (int Width, int Height)? size = null)
    {
        byte[] Short(int value) => bigEndian ? [(byte)(value >> 8), (byte)value] : [(byte)value, (byte)(value >> 8)];
        byte[] Long(int value) => bigEndian ? [0, 0, .. Short(value)] : [.. Short(value), 0, 0];
        List<ExifField> own =
        [
            new(0x0112, 3, 1, Short(orientation)),
            new(0x013B, 2, (uint)Artist.Length + 1, [.. Encoding.ASCII.GetBytes(Artist), 0]),
        ];
        List<ExifField> exif = size is { } s ? [new(0xA002, 4, 1, Long(s.Width)), new(0xA003, 4, 1, Long(s.Height))] : [];
        return ExifBuilder.Build(bigEndian, own, exif, []);
    }

    public static byte[] Xmp(int orientation) => Encoding.UTF8.GetBytes(
        $"""
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="{orientation}"
        xmlns:dc="http://purl.org/dc/elements/1.1/" dc:format="image/test"/></rdf:RDF></x:xmpmeta>
        """);

    /// <summary>A profile's header, which names version, class and colour space, and an empty tag table.</summary>
    public static byte[] Icc(string space = "RGB ")
    {
        var profile = new byte[132];
        profile[3] = 132;
        profile[8] = 4;
        "mntr"u8.CopyTo(profile.AsSpan(12));
        Encoding.ASCII.GetBytes(space).CopyTo(profile, 16);
        (profile[24], profile[25], profile[27], profile[29]) = (7, 0xE8, 1, 1); // 1 January 2024
        "XYZ "u8.CopyTo(profile.AsSpan(20));
        "acsp"u8.CopyTo(profile.AsSpan(36));
        return profile;
    }

    /// <summary>IPTC of two data sets: that it is UTF-8, and a caption.</summary>
    public static byte[] Iptc(string caption)
    {
        var text = Encoding.UTF8.GetBytes(caption);
        return [0x1C, 1, 90, 0, 3, 0x1B, (byte)'%', (byte)'G', 0x1C, 2, 120, (byte)(text.Length >> 8), (byte)text.Length, .. text];
    }

    /// <summary>One of Photoshop's resource blocks.</summary>
    public static byte[] Resource(int number, byte[] data, string name = "") =>
    [
        .. "8BIM"u8, (byte)(number >> 8), (byte)number, (byte)name.Length, .. Encoding.ASCII.GetBytes(name), .. new byte[1 - name.Length % 2],
        0, 0, (byte)(data.Length >> 8), (byte)data.Length, .. data, .. new byte[data.Length % 2],
    ];

    public static PictureMetadata All(int orientation = 1) => new()
    {
        IccProfile = Icc(),
        Exif = Exif(orientation),
        Xmp = Xmp(orientation),
        Resolution = new(11811, 11811),
    };

    /// <summary>The JPEG with EXIF, XMP, ICC and Photoshop segments after its first marker.</summary>
    public static byte[] IntoJpeg(byte[] jpeg, byte[]? exif = null, byte[]? xmp = null, byte[]? icc = null, params byte[][] photoshop)
    {
        IEnumerable<byte> Segment(byte marker, byte[] data) =>
            [0xFF, marker, (byte)((data.Length + 2) >> 8), (byte)(data.Length + 2), .. data];
        return
        [
            .. jpeg[..2],
            .. exif is null ? [] : Segment(0xE1, [.. "Exif\0\0"u8, .. exif]),
            .. xmp is null ? [] : Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. xmp]),
            .. icc is null ? [] : Segment(0xE2, [.. "ICC_PROFILE\0\u0001\u0001"u8, .. icc]),
            .. photoshop.SelectMany(part => Segment(0xED, [.. "Photoshop 3.0\0"u8, .. part])),
            .. jpeg[2..],
        ];
    }

    /// <summary>The simple WebP as an extended one, with metadata chunks.</summary>
    public static byte[] IntoWebP(byte[] webp, int width, int height, byte[] exif, byte[] xmp, byte[] icc)
    {
        byte[] Little(int value, int length) => BitConverter.GetBytes(value)[..length];
        byte[] Chunk(string type, byte[] data) =>
            [.. Encoding.ASCII.GetBytes(type), .. Little(data.Length, 4), .. data, .. new byte[data.Length % 2]];
        byte[] body =
        [
            .. "WEBP"u8,
            .. Chunk("VP8X", [0x2C, 0, 0, 0, .. Little(width - 1, 3), .. Little(height - 1, 3)]),
            .. Chunk("ICCP", icc), .. webp[12..], .. Chunk("EXIF", exif), .. Chunk("XMP ", xmp),
        ];
        return [.. "RIFF"u8, .. Little(body.Length, 4), .. body];
    }

    /// <summary>An uncompressed RGB TIFF whose own directory carries everything.</summary>
    public static byte[] Tiff(Picture picture, int orientation, params ExifField[] more)
    {
        byte[] Short(int value) => [(byte)value, (byte)(value >> 8)];
        var pixels = new byte[picture.Samples.Length];
        for (var n = 0; n < pixels.Length; n++)
            pixels[n] = (byte)Math.Round(picture.Plane(n % 3)[n / 3] * 255);
        List<ExifField> fields =
        [
            new(256, 3, 1, Short(picture.Width)), new(257, 3, 1, Short(picture.Height)),
            new(258, 3, 3, [8, 0, 8, 0, 8, 0]), new(259, 3, 1, Short(1)), new(262, 3, 1, Short(2)),
            new(273, 4, 1, [0, 0, 0, 0]), new(274, 3, 1, Short(orientation)), new(277, 3, 1, Short(3)),
            new(278, 3, 1, Short(picture.Height)), new(279, 4, 1, BitConverter.GetBytes(pixels.Length)),
            new(0x013B, 2, (uint)Artist.Length + 1, [.. Encoding.ASCII.GetBytes(Artist), 0]),
            new(700, 1, (uint)Xmp(1).Length, Xmp(orientation)), new(34675, 7, (uint)Icc().Length, Icc()), .. more,
        ];
        var length = ExifBuilder.Build(false, fields, [], []).Length;
        fields[5] = new(273, 4, 1, BitConverter.GetBytes(length));
        return [.. ExifBuilder.Build(false, fields, [], []), .. pixels];
    }
}
