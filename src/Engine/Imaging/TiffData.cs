using System.Buffers.Binary;
using System.IO.Compression;

namespace DipPipeline.Engine.Imaging;

/// <summary>The compressions of TIFF that know of bytes alone: none, LZW, PackBits (TIFF 6.0, §13 and §9) and Deflate.</summary>
internal static class TiffData
{
    public const uint Uncompressed = 1, Lzw = 5, Deflate = 8, PackBits = 32773, OldDeflate = 32946;

    public static bool Knows(uint compression) => compression is Uncompressed or Lzw or Deflate or PackBits or OldDeflate;

    /// <summary>Fills the target, or is false where the data are damaged or end before.</summary>
    public static bool TryUnpack(uint compression, ReadOnlySpan<byte> data, Span<byte> target) => compression switch
    {
        Uncompressed => data.Length >= target.Length && data[..target.Length].TryCopyTo(target),
        Lzw => TryUnpackLzw(data, target),
        PackBits => TryUnpackBits(data, target),
        _ => TryInflate(data, target),
    };

    private static bool TryInflate(ReadOnlySpan<byte> data, Span<byte> target)
    {
        using var zlib = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
        try
        {
            // Reading on to the end of the stream is what compares its check sum.
            return zlib.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) == target.Length && zlib.ReadByte() < 256;
        }
        // Thrown for damaged data, and for a preset dictionary, which no file brings with it.
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return false;
        }
    }

    /// <summary>A count, then as many bytes as they are, or one byte to repeat.</summary>
    private static bool TryUnpackBits(ReadOnlySpan<byte> data, Span<byte> target)
    {
        for (var at = 0; !target.IsEmpty;)
        {
            if (at >= data.Length)
                return false;
            int head = (sbyte)data[at++];
            if (head == sbyte.MinValue) // stands for nothing
                continue;
            var (count, stored) = head < 0 ? (1 - head, 1) : (1 + head, 1 + head);
            if (at + stored > data.Length)
                return false;
            var length = Math.Min(count, target.Length);
            if (head < 0)
                target[..length].Fill(data[at]);
            else
                data.Slice(at, length).CopyTo(target);
            at += stored;
            target = target[length..];
        }

        return true;
    }

    /// <summary>
    /// Codes of 9 to 12 bits, high bit first. Each code but the first adds a string to the table: the string before it and its own first
    /// byte, which stand side by side in what is unpacked already; the table holds places there.
    /// </summary>
    private static bool TryUnpackLzw(ReadOnlySpan<byte> data, Span<byte> target)
    {
        const int clear = 256, end = 257, first = 258, most = 4096;
        var table = new (int Start, int Length)[most];
        var (next, bits, place) = (first, 9, 0L);
        var before = (Start: 0, Length: 0);
        for (var to = 0; to < target.Length;)
        {
            if (place + bits > data.Length * 8L)
                return false;
            var code = Code(data, place, bits);
            place += bits;
            if (code == clear)
            {
                (next, bits, before) = (first, 9, default);
                continue;
            }

            if (before.Length > 0 && next < most)
                table[next++] = (before.Start, before.Length + 1);
            if (code == end || code >= next)
                return false;
            var (start, length) = code < clear ? (to, 1) : table[code];
            before = (to, length);
            if (code < clear)
                target[to++] = (byte)code;
            // Byte by byte: the string may end with the byte it begins with.
            for (var stop = Math.Min(to + (code < clear ? 0 : length), target.Length); to < stop; to++)
                target[to] = target[start++];
            // One code early, as the format has it.
            if (next >= (1 << bits) - 1 && bits < 12)
                bits++;
        }

        return true;
    }

    private static int Code(ReadOnlySpan<byte> data, long place, int bits)
    {
        Span<byte> four = stackalloc byte[4];
        var rest = data[(int)(place / 8)..];
        rest[..Math.Min(4, rest.Length)].CopyTo(four);
        return (int)(BinaryPrimitives.ReadUInt32BigEndian(four) << (int)(place % 8) >> (32 - bits));
    }
}
