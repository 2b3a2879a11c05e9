using System.Buffers.Binary;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// IPTC, which PNG has no chunk for: carried as the text of ImageMagick's, bare, as every reader of that text knows it. In JPEG, and
/// mostly in TIFF, it is wrapped in Photoshop's resource blocks (Adobe Photoshop File Formats, "Image Resource Blocks").
/// </summary>
internal static class IptcProfile
{
    private const ushort IptcResource = 0x0404;

    /// <summary>What each of its data sets begins with.</summary>
    private const byte Marker = 0x1C;

    /// <summary>
    /// The IPTC of a TIFF as a PNG text, empty where there is none: from the tag of its own, bare or wrapped, or from Photoshop's. Some
    /// programs write the one cut off beside the other whole; the longer is taken.
    /// </summary>
    public static IEnumerable<PngChunk> Of(TiffDirectory tiff)
    {
        var own = tiff.Data(TiffTag.Iptc) ?? [];
        return Text(WholeSets(own is [Marker, ..] ? own : Unwrapped(own)), WholeSets(Unwrapped(tiff.Data(TiffTag.Photoshop) ?? [])));
    }

    /// <summary>The IPTC of Photoshop's resource blocks as a PNG text; empty where there is none.</summary>
    public static IEnumerable<PngChunk> Of(byte[] resources) => Text(WholeSets(Unwrapped(resources)));

    private static IEnumerable<PngChunk> Text(params byte[][] choices) =>
        choices.MaxBy(choice => choice.Length) is { Length: > 0 } iptc ? [PngChunk.RawProfile("iptc", iptc)] : [];

    /// <summary>Marker, record, number and size before each; without what follows the last, such as the padding of a TIFF's LONGs.</summary>
    private static byte[] WholeSets(byte[] iptc)
    {
        long end = 0;
        for (var at = end; at + 5 <= iptc.Length && iptc[at] == Marker;)
        {
            long size = BinaryPrimitives.ReadUInt16BigEndian(iptc.AsSpan((int)at + 3));
            if (size > short.MaxValue) // of a size too great for two bytes, the length
            {
                if (size != 0x8004 || at + 9 > iptc.Length)
                    break;
                size = 4L + BinaryPrimitives.ReadUInt32BigEndian(iptc.AsSpan((int)at + 5));
            }

            at += 5 + size;
            if (at <= iptc.Length)
                end = at;
        }

        return iptc[..(int)end];
    }

    /// <summary>Blocks that break off are left out.</summary>
    private static byte[] Unwrapped(byte[] resources)
    {
        List<byte> iptc = [];
        for (var rest = resources.AsSpan(); rest.Length >= 12;)
        {
            // Signature, number, name (its length first), size of the data; name and data are padded to even lengths.
            var start = 6 + (rest[6] / 2 + 1) * 2 + 4;
            if (start > rest.Length || BinaryPrimitives.ReadUInt32BigEndian(rest[(start - 4)..]) is var size && size > rest.Length - start)
                break;
            if (rest.StartsWith("8BIM"u8) && BinaryPrimitives.ReadUInt16BigEndian(rest[4..]) == IptcResource)
                iptc.AddRange(rest.Slice(start, (int)size));
            rest = rest[Math.Min(rest.Length, start + (int)size + (int)(size % 2))..];
        }

        return [.. iptc];
    }
}
