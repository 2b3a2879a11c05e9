using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// A decoded picture in a scratch file, of which rectangles are read: what a picture of any size needs no memory for. Read with ordinary
/// reads, because mapped pages would count as the process's memory. The file is removed with the object.
/// </summary>
internal sealed class RawPicture : IDisposable
{
    private readonly FileStream _file;
    private readonly int _storedWidth, _storedHeight, _orientation;

    private RawPicture(FileStream file, RawFormat format)
    {
        (_file, _storedWidth, _storedHeight, _orientation) = (file, format.Width, format.Height, format.Orientation);
        (Width, Height) = Upright.Exchanges(_orientation) ? (_storedHeight, _storedWidth) : (_storedWidth, _storedHeight);
        (Channels, HasAlpha, BitDepth, Metadata) = (format.Channels, format.HasAlpha, format.BitDepth, format.Metadata);
    }

    /// <summary>Upright.</summary>
    public int Width { get; }

    /// <summary>Upright.</summary>
    public int Height { get; }

    /// <inheritdoc cref="Picture.Channels"/>
    public int Channels { get; }

    public bool HasAlpha { get; }

    public int BitDepth { get; }

    public PictureMetadata Metadata { get; }

    /// <summary>The least sample of each channel, alpha last, 0..1.</summary>
    public required IReadOnlyList<float> Lowest { get; init; }

    /// <summary>The largest sample of each channel, alpha last, 0..1.</summary>
    public required IReadOnlyList<float> Highest { get; init; }

    private int Samples => Channels + (HasAlpha ? 1 : 0);

    private int PixelBytes => Samples * BitDepth / 8;

    /// <param name="path">Where the scratch file lies; overwritten.</param>
    /// <param name="format">The picture's, as its rows come.</param>
    /// <param name="rows">Rows from the top, any number at once: interleaved, alpha last, 16-bit samples in the machine's byte order.</param>
    public static RawPicture Write(string path, RawFormat format, IEnumerable<byte[]> rows)
    {
        var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 20, FileOptions.DeleteOnClose);
        try
        {
            var samples = format.Channels + (format.HasAlpha ? 1 : 0);
            var (lowest, highest) = (Enumerable.Repeat(int.MaxValue, samples).ToArray(), new int[samples]);
            foreach (var some in rows)
            {
                Extremes(some, format.BitDepth, lowest, highest);
                file.Write(some);
            }

            file.Flush();
            var peak = format.BitDepth == 16 ? 65535f : 255f;
            return new RawPicture(file, format)
            {
                Lowest = [.. lowest.Select(v => v / peak)],
                Highest = [.. highest.Select(v => v / peak)],
            };
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>A decoded picture, written down.</summary>
    public static RawPicture Write(string path, Picture picture) => Write(
        path, new RawFormat(picture.Width, picture.Height, picture.Channels, picture.Alpha is not null, picture.BitDepth, 1, picture.Metadata), Rows(picture));

    /// <summary>A rectangle of the picture, upright; without metadata.</summary>
    public Picture Crop(int left, int top, int width, int height)
    {
        var (x0, y0) = Upright.Source(left, top, _storedWidth, _storedHeight, _orientation);
        var (x1, y1) = Upright.Source(left + width - 1, top + height - 1, _storedWidth, _storedHeight, _orientation);
        var (x, y, w, h) = (Math.Min(x0, x1), Math.Min(y0, y1), Math.Abs(x1 - x0) + 1, Math.Abs(y1 - y0) + 1);
        var planes = new float[w * h * Channels];
        var alpha = HasAlpha ? new float[w * h] : null;
        var row = new byte[w * PixelBytes];
        for (var n = 0; n < h; n++)
        {
            ReadRow(x, y + n, row);
            for (var sample = 0; sample < Samples; sample++)
            {
                Take(row, sample, sample < Channels ? planes.AsSpan(((sample * h) + n) * w, w) : alpha.AsSpan(n * w, w));
            }
        }

        return new Picture(width, height, Channels, BitDepth,
            Upright.Turn(planes, w, h, _orientation), alpha is null ? null : Upright.Turn(alpha, w, h, _orientation));
    }

    public void Dispose() => _file.Dispose();

    private void ReadRow(int x, int y, Span<byte> row)
    {
        var at = (((long)y * _storedWidth) + x) * PixelBytes;
        while (row.Length > 0)
        {
            var read = RandomAccess.Read(_file.SafeFileHandle, row, at);
            if (read == 0)
            {
                throw new EndOfStreamException($"'{_file.Name}' ends early.");
            }

            row = row[read..];
            at += read;
        }
    }

    private void Take(ReadOnlySpan<byte> row, int sample, Span<float> values)
    {
        if (BitDepth == 8)
        {
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = row[(i * Samples) + sample] / 255f;
            }

            return;
        }

        var wide = MemoryMarshal.Cast<byte, ushort>(row);
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = wide[(i * Samples) + sample] / 65535f;
        }
    }

    private static void Extremes(ReadOnlySpan<byte> rows, int depth, int[] lowest, int[] highest)
    {
        var wide = MemoryMarshal.Cast<byte, ushort>(rows);
        var count = depth == 16 ? wide.Length : rows.Length;
        for (var n = 0; n < count; n += lowest.Length)
        {
            for (var sample = 0; sample < lowest.Length; sample++)
            {
                int value = depth == 16 ? wide[n + sample] : rows[n + sample];
                lowest[sample] = Math.Min(lowest[sample], value);
                highest[sample] = Math.Max(highest[sample], value);
            }
        }
    }

    private static IEnumerable<byte[]> Rows(Picture picture)
    {
        for (var y = 0; y < picture.Height; y++)
        {
            yield return PictureRows.Interleaved(picture, y, 1, bigEndian: false);
        }
    }
}

/// <summary>How the samples of a <see cref="RawPicture"/> lie.</summary>
/// <param name="Width">As stored.</param>
/// <param name="Height">As stored.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="HasAlpha">One sample more.</param>
/// <param name="BitDepth">8 or 16.</param>
/// <param name="Orientation">EXIF orientation of the stored pixels, 1..8.</param>
/// <param name="Metadata">Of the picture upright.</param>
internal sealed record RawFormat(int Width, int Height, int Channels, bool HasAlpha, int BitDepth, int Orientation, PictureMetadata Metadata);
