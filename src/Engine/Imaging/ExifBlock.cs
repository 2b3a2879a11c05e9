using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// EXIF blocks, changed in place: rewriting one would break the offsets that makers' notes keep into it.
/// A block that cannot be read counts as upright.
/// </summary>
internal static partial class ExifBlock
{
    /// <summary>EXIF orientation, 1..8.</summary>
    public static int Orientation(byte[]? exif) =>
        exif is not null && First(exif)?.Numbers(TiffTag.Orientation) is [var value and >= 1 and <= 8, ..] ? (int)value : 1;

    /// <summary>A copy that says upright (orientation 1).</summary>
    public static byte[] Upright(byte[] exif) => With(exif, TiffTag.Orientation, 1);

    /// <summary>A copy with another number in its first directory; unchanged where the tag is absent or no single number.</summary>
    public static byte[] With(byte[] exif, ushort tag, uint value)
    {
        byte[] copy = [.. exif];
        if (First(exif) is { } directory)
            Put(copy, directory, tag, value);
        return copy;
    }

    /// <summary>A copy without reference to the thumbnail (the second directory), which shows neither this turn nor this restoration.</summary>
    public static byte[] WithoutThumbnail(byte[] exif)
    {
        byte[] copy = [.. exif];
        if (First(exif) is { } directory && directory.NextAt + 4 <= copy.Length)
            copy.AsSpan((int)directory.NextAt, 4).Clear();
        return copy;
    }

    /// <summary>A copy whose pixel dimensions, where it states them, are these.</summary>
    public static byte[] WithSize(byte[] exif, int width, int height)
    {
        byte[] copy = [.. exif];
        if (First(exif)?.Child(TiffTag.ExifDirectory) is { } directory)
        {
            Put(copy, directory, TiffTag.ExifWidth, (uint)width);
            Put(copy, directory, TiffTag.ExifHeight, (uint)height);
        }

        return copy;
    }

    /// <summary>An XMP packet that says upright, where it repeats the orientation of EXIF.</summary>
    public static byte[] UprightXmp(byte[] xmp) =>
        Encoding.Latin1.GetBytes(XmpOrientation().Replace(Encoding.Latin1.GetString(xmp), "${before}1"));

    /// <summary>The EXIF of a TIFF file, whose entries stand among the file's own: collected into a block of their own.</summary>
    public static byte[]? Of(TiffDirectory tiff)
    {
        var own = Fields(tiff, TiffTag.IsDescriptive);
        var exif = tiff.Child(TiffTag.ExifDirectory) is { } e ? Fields(e, tag => tag != TiffTag.Interoperability) : [];
        var gps = tiff.Child(TiffTag.GpsDirectory) is { } g ? Fields(g, _ => true) : [];
        return own.Count + exif.Count + gps.Count == 0 ? null : ExifBuilder.Build(tiff.IsBigEndian, own, exif, gps);
    }

    private static List<ExifField> Fields(TiffDirectory directory, Func<ushort, bool> wanted) =>
    [
        .. from entry in directory.Entries
           where wanted(entry.Tag)
           let data = directory.Data(entry)
           where data is not null
           orderby entry.Tag
           select new ExifField(entry.Tag, entry.Type, entry.Count, data),
    ];

    private static TiffDirectory? First(byte[] exif) => TiffDirectory.First(new FileBytes("EXIF", new MemoryStream(exif)));

    private static void Put(byte[] block, TiffDirectory directory, ushort tag, uint value)
    {
        if (directory.Find(tag) is not { Count: 1, Type: 3 or 4 } entry)
            return;
        var at = block.AsSpan((int)entry.ValueAt);
        if (entry.Type == 4 && directory.IsBigEndian)
            BinaryPrimitives.WriteUInt32BigEndian(at, value);
        else if (entry.Type == 4)
            BinaryPrimitives.WriteUInt32LittleEndian(at, value);
        else if (directory.IsBigEndian)
            BinaryPrimitives.WriteUInt16BigEndian(at, (ushort)Math.Min(value, ushort.MaxValue));
        else
            BinaryPrimitives.WriteUInt16LittleEndian(at, (ushort)Math.Min(value, ushort.MaxValue));
    }

    [GeneratedRegex("""(?<before>tiff:Orientation(\s*=\s*["']|\s*>\s*))[2-8]""")]
    private static partial Regex XmpOrientation();
}
