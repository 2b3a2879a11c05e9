using System.IO.Compression;
using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Tests.Imaging;

/// <summary>A TIFF of gray or RGB, laid out by hand, gray with alpha unless said otherwise: noise of 20×19 pixels in strips of 5 rows, or in tiles that reach over its edges.</summary>
internal sealed record PlainTiffFile
{
    public const int Width = 20, Height = 19;

    public int Bits { get; init; } = 8;

    public bool BigEndian { get; init; }

    /// <summary>1 none, 5 LZW, 8 and 32946 Deflate, 32773 PackBits.</summary>
    public int Compression { get; init; } = 1;

    public int Predictor { get; init; } = 1;

    public bool Tiled { get; init; }

    public bool Separate { get; init; }

    public bool WhiteIsZero { get; init; }

    public bool Rgb { get; init; }

    /// <summary>Samples a pixel: colours, alpha, and what says nothing.</summary>
    public int Samples { get; init; } = 2;

    public int[] ExtraSamples { get; init; } = [2];

    public IReadOnlyList<ExifField> More { get; init; } = [];

    /// <summary>A sample as the file is to be understood: 0 black or transparent.</summary>
    public int Value(int sample, int n) => (n * n * 7919 + n * 104729 * sample) >> 3 & Peak;

    /// <summary>What is to be read, 0..1.</summary>
    public float[] Plane(int sample) => [.. Enumerable.Range(0, Width * Height).Select(n => Value(sample, n) / (float)Peak)];

    public byte[] ToBytes()
    {
        var pieces = Pieces().Select(Compressed).ToList();
        return [.. Lay(Lay(0).Length), .. pieces.SelectMany(piece => piece)];

        byte[] Lay(int start) => ExifBuilder.Build(
            BigEndian,
            [
                Short(256, Width), Short(257, Height), Short(258, [.. Enumerable.Repeat(Bits, Samples)]), Short(259, Compression),
                Short(262, Rgb ? 2 : WhiteIsZero ? 0 : 1), Short(277, Samples), Short(284, Separate ? 2 : 1), Short(317, Predictor),
                .. Tiled ? new[] { Short(322, 16), Short(323, 16) } : [Short(278, 5)],
                Longs(Tiled ? 324 : 273, [.. pieces.Select((_, n) => start + pieces.Take(n).Sum(piece => piece.Length))]),
                Longs(Tiled ? 325 : 279, [.. pieces.Select(piece => piece.Length)]),
                .. ExtraSamples is [] ? [] : new[] { Short(338, ExtraSamples) }, .. More,
            ],
            [], []);
    }

    public ExifField Short(int tag, params int[] values) => new((ushort)tag, 3, (uint)values.Length, [.. values.SelectMany(value => Bytes(value, 2))]);

    private int Peak => (1 << Bits) - 1;

    private ExifField Longs(int tag, int[] values) => new((ushort)tag, 4, (uint)values.Length, [.. values.SelectMany(value => Bytes(value, 4))]);

    private byte[] Bytes(int value, int length)
    {
        var bytes = BitConverter.GetBytes(value)[..length];
        return BigEndian ? [.. bytes.Reverse()] : bytes;
    }

    /// <summary>The rows of every piece.</summary>
    private IEnumerable<List<byte[]>> Pieces()
    {
        var (across, down) = Tiled ? (16, 16) : (Width, 5);
        foreach (var plane in Enumerable.Range(0, Separate ? Samples : 1))
        {
            for (var top = 0; top < Height; top += down)
            {
                for (var left = 0; left < Width; left += across)
                {
                    int[] samples = Separate ? [plane] : [.. Enumerable.Range(0, Samples)];
                    var rows = Tiled ? down : Math.Min(down, Height - top);
                    yield return [.. Enumerable.Range(top, rows).Select(y => Row(y, left, across, samples))];
                }
            }
        }
    }

    private byte[] Row(int y, int left, int across, int[] samples)
    {
        int[] row = [.. from x in Enumerable.Range(left, across) from sample in samples select Stored(sample, x, y)];
        if (Predictor == 2)
            row = [.. row.Select((value, n) => (n < samples.Length ? value : value - row[n - samples.Length]) & Peak)];
        return [.. row.SelectMany(value => Bytes(value, Bits / 8))];
    }

    private int Stored(int sample, int x, int y)
    {
        var value = x < Width && y < Height ? Value(sample, y * Width + x) : 0;
        return WhiteIsZero && sample == 0 ? Peak - value : value;
    }

    private byte[] Compressed(List<byte[]> rows)
    {
        byte[] bytes = [.. rows.SelectMany(row => row)];
        if (Compression == 32773)
            return [.. from row in rows from run in row.Chunk(128) from value in (byte[])[(byte)(run.Length - 1), .. run] select value];
        if (Compression == 5)
            return Lzw(bytes);
        if (Compression == 1)
            return bytes;
        using var buffer = new MemoryStream();
        using (var zlib = new ZLibStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(bytes);
        return buffer.ToArray();
    }

    /// <summary>Valid, if no shorter: a clear code (256) before the codes would grow beyond nine bits, an end code (257).</summary>
    private static byte[] Lzw(byte[] bytes)
    {
        List<byte> packed = [];
        var (bits, count) = (0, 0);
        for (var n = 0; n < bytes.Length; n++)
        {
            if (n % 250 == 0)
                Put(256);
            Put(bytes[n]);
        }

        Put(257);
        packed.Add((byte)(bits << (8 - count)));
        return [.. packed];

        void Put(int code)
        {
            (bits, count) = (bits << 9 | code, count + 9);
            for (; count >= 8; count -= 8)
                packed.Add((byte)(bits >> (count - 8)));
            bits &= (1 << count) - 1;
        }
    }
}
