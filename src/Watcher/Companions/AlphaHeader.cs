using System.Buffers.Binary;

namespace DipPipeline.Watcher;

/// <summary>
/// Whether a picture has an alpha channel, by its header alone: PNG, WebP and TIFF may. Nothing is decoded, so an alpha that is opaque
/// everywhere counts too: the Host refuses it with its own sentence.
/// </summary>
internal static class AlphaHeader
{
    // What comes before a PNG's pixels, or where a TIFF's directory usually lies, fits; whoever has more text in front waits for a mask.
    private const int HeadBytes = 64 << 10;

    private const ushort ExtraSamples = 338;

    /// <exception cref="IOException">It cannot be read.</exception>
    public static bool IsIn(string location)
    {
        using var file = File.OpenHandle(location, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var head = new byte[Math.Min(HeadBytes, RandomAccess.GetLength(file))];
        var read = RandomAccess.Read(file, head, 0);
        ReadOnlySpan<byte> bytes = head.AsSpan(0, read);
        return bytes is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] ? IsInPng(bytes)
            : bytes.StartsWith("RIFF"u8) && bytes.Length >= 30 && bytes[8..].StartsWith("WEBP"u8) ? IsInWebP(bytes)
            : bytes.StartsWith("II*\0"u8) ? IsInTiff(file, bytes, isLittle: true)
            : bytes.StartsWith("MM\0*"u8) && IsInTiff(file, bytes, isLittle: false);
    }

    // Colour types 4 and 6 have alpha; the others may name a transparent colour, in a chunk before the pixels.
    private static bool IsInPng(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 26 || bytes[25] is 4 or 6)
        {
            return bytes.Length >= 26;
        }

        for (var at = 8L; at + 8 <= bytes.Length;)
        {
            var type = bytes.Slice((int)at + 4, 4);
            if (type.SequenceEqual("tRNS"u8) || type.SequenceEqual("IDAT"u8))
            {
                return type[0] == (byte)'t';
            }

            at += 12L + BinaryPrimitives.ReadUInt32BigEndian(bytes[(int)at..]);
        }

        return false;
    }

    // VP8X has a flag for it; of the simple formats only the lossless one has a bit, after 28 bits of size.
    private static bool IsInWebP(ReadOnlySpan<byte> bytes) =>
        bytes[12..].StartsWith("VP8X"u8) ? (bytes[20] & 0x10) != 0
        : bytes[12..].StartsWith("VP8L"u8) && bytes[20] == 0x2f && (bytes[24] & 0x10) != 0;

    private static bool IsInTiff(Microsoft.Win32.SafeHandles.SafeFileHandle file, ReadOnlySpan<byte> head, bool isLittle)
    {
        if (head.Length < 8)
        {
            return false;
        }

        var at = Long(head[4..]);
        Span<byte> count = stackalloc byte[2];
        if (RandomAccess.Read(file, count, at) < 2)
        {
            return false;
        }

        var entries = new byte[12 * Short(count)];
        var read = RandomAccess.Read(file, entries, at + 2);
        for (var entry = 0; entry + 12 <= read; entry += 12)
        {
            if (Short(entries.AsSpan(entry)) == ExtraSamples)
            {
                return true;
            }
        }

        return false;

        ushort Short(ReadOnlySpan<byte> b) => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(b) : BinaryPrimitives.ReadUInt16BigEndian(b);
        uint Long(ReadOnlySpan<byte> b) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(b) : BinaryPrimitives.ReadUInt32BigEndian(b);
    }
}
