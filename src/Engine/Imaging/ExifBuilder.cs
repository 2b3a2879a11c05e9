using System.Buffers.Binary;

namespace DipPipeline.Engine.Imaging;

/// <summary>Lays out an EXIF block: header, first directory, EXIF directory, GPS directory.</summary>
internal static class ExifBuilder
{
    public static byte[] Build(bool big, List<ExifField> own, List<ExifField> exif, List<ExifField> gps)
    {
        // The directories' places follow from the lengths of those before them, which do not depend on the pointers' values.
        var first = Directory(big, 8, WithPointers(0, 0));
        var exifAt = 8 + first.Length;
        var exifDirectory = exif.Count == 0 ? [] : Directory(big, exifAt, exif);
        var gpsAt = exifAt + exifDirectory.Length;
        var gpsDirectory = gps.Count == 0 ? [] : Directory(big, gpsAt, gps);
        byte[] header = big ? [(byte)'M', (byte)'M', 0, 42, 0, 0, 0, 8] : [(byte)'I', (byte)'I', 42, 0, 8, 0, 0, 0];
        return [.. header, .. Directory(big, 8, WithPointers(exifAt, gpsAt)), .. exifDirectory, .. gpsDirectory];

        List<ExifField> WithPointers(int exifOffset, int gpsOffset)
        {
            List<ExifField> fields = [.. own];
            if (exif.Count > 0)
                fields.Add(new(TiffTag.ExifDirectory, 4, 1, Number(big, exifOffset, 4)));
            if (gps.Count > 0)
                fields.Add(new(TiffTag.GpsDirectory, 4, 1, Number(big, gpsOffset, 4)));
            return [.. fields.OrderBy(field => field.Tag)];
        }
    }

    /// <summary>Count, entries, no next directory; then the values longer than four bytes, each at an even place.</summary>
    private static byte[] Directory(bool big, int at, List<ExifField> fields)
    {
        List<byte> table = [.. Number(big, fields.Count, 2)];
        List<byte> values = [];
        var valuesAt = at + 2 + fields.Count * 12 + 4;
        foreach (var (tag, type, count, data) in fields)
        {
            table.AddRange([.. Number(big, tag, 2), .. Number(big, type, 2), .. Number(big, (int)count, 4)]);
            if (data.Length <= 4)
            {
                table.AddRange([.. data, .. new byte[4 - data.Length]]);
                continue;
            }

            table.AddRange(Number(big, valuesAt + values.Count, 4));
            values.AddRange([.. data, .. new byte[data.Length % 2]]);
        }

        return [.. table, 0, 0, 0, 0, .. values];
    }

    private static byte[] Number(bool big, int value, int length)
    {
        var bytes = new byte[4];
        if (big)
            BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        else
            BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return big ? bytes[^length..] : bytes[..length];
    }
}

/// <param name="Data">The value's bytes, in the block's byte order.</param>
internal sealed record ExifField(ushort Tag, ushort Type, uint Count, byte[] Data);
