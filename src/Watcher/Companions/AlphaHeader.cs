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

    /// <inheritdoc cref="FileStamp.Read"/>
    public static bool IsIn(FileStamp picture)
    {
        var isIn = false;
        picture.Read(file => isIn = IsIn(file));
        return isIn;
    }

    private static bool IsIn(Stream file)
    {
        var head = new byte[HeadBytes];
        var read = file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
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

    private static bool IsInTiff(Stream file, ReadOnlySpan<byte> head, bool isLittle)
    {
        if (head.Length < 8)
        {
            return false;
        }

        // The directory may lie anywhere, often behind the pixels; a store's bytes come in their order.
        var at = Long(head[4..]);
        using var rest = new MemoryStream();
        if (at > head.Length)
        {
            Skip(file, at - head.Length);
        }
        else
        {
            rest.Write(head[(int)at..]);
        }

        Fill(file, rest, 2);
        if (rest.Length < 2)
        {
            return false;
        }

        var length = 2 + (12 * Short(rest.GetBuffer()));
        Fill(file, rest, length);
        var entries = rest.GetBuffer().AsSpan(0, (int)Math.Min(rest.Length, length));
        for (var entry = 2; entry + 12 <= entries.Length; entry += 12)
        {
            if (Short(entries[entry..]) == ExtraSamples)
            {
                return true;
            }
        }

        return false;

        ushort Short(ReadOnlySpan<byte> b) => isLittle ? BinaryPrimitives.ReadUInt16LittleEndian(b) : BinaryPrimitives.ReadUInt16BigEndian(b);
        uint Long(ReadOnlySpan<byte> b) => isLittle ? BinaryPrimitives.ReadUInt32LittleEndian(b) : BinaryPrimitives.ReadUInt32BigEndian(b);
    }

    private static void Skip(Stream file, long count)
    {
        if (file.CanSeek)
        {
            file.Position += count;
            return;
        }

        var buffer = new byte[128 << 10];
        for (int read; count > 0 && (read = file.Read(buffer, 0, (int)Math.Min(count, buffer.Length))) > 0;)
        {
            count -= read;
        }
    }

    // Until there are so many bytes, or no more.
    private static void Fill(Stream file, MemoryStream bytes, int count)
    {
        if (count > bytes.Length)
        {
            var more = new byte[count - bytes.Length];
            bytes.Write(more, 0, file.ReadAtLeast(more, more.Length, throwOnEndOfStream: false));
        }
    }
}
