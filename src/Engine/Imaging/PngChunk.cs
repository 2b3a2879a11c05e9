using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace DipPipeline.Engine.Imaging;

/// <summary>One chunk of a PNG file (W3C PNG, third edition, §5.3).</summary>
/// <param name="Type">Four letters: <c>gAMA</c>.</param>
public sealed record PngChunk(string Type, byte[] Data)
{
    private const string XmpKeyword = "XML:com.adobe.xmp";

    internal static PngChunk IccProfile(byte[] profile) =>
        new("iCCP", [.. "ICC profile\0\0"u8, .. Deflated(profile)]);

    internal static PngChunk Xmp(byte[] packet) =>
        new("iTXt", [.. Encoding.ASCII.GetBytes(XmpKeyword), 0, 0, 0, 0, 0, .. packet]);

    /// <summary>A text of any language: in Latin-1, which every reader knows, where that has its letters, else in UTF-8.</summary>
    internal static PngChunk Text(string keyword, string text) => text.All(c => c <= '\u00FF')
        ? new("tEXt", [.. Encoding.Latin1.GetBytes(keyword), 0, .. Encoding.Latin1.GetBytes(text)])
        : new("iTXt", [.. Encoding.Latin1.GetBytes(keyword), 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(text)]);

    /// <summary>A profile in hexadecimal text, 36 bytes a line after its name and length: the way of ImageMagick, which others read too.</summary>
    internal static PngChunk RawProfile(string name, byte[] data)
    {
        var lines = string.Concat(data.Chunk(36).Select(line => Convert.ToHexStringLower(line) + "\n"));
        var text = string.Create(CultureInfo.InvariantCulture, $"\n{name}\n{data.Length,8}\n{lines}");
        return new("zTXt", [.. Encoding.Latin1.GetBytes($"Raw profile type {name}"), 0, 0, .. Deflated(Encoding.Latin1.GetBytes(text))]);
    }

    internal static PngChunk Resolution(PictureResolution resolution)
    {
        var data = new byte[9];
        BinaryPrimitives.WriteUInt32BigEndian(data, resolution.X);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), resolution.Y);
        data[8] = 1; // per metre
        return new("pHYs", data);
    }

    /// <summary>Keyword of a text or profile chunk: what precedes the first zero byte.</summary>
    internal string Keyword => Encoding.Latin1.GetString(Data, 0, Math.Max(0, Array.IndexOf(Data, (byte)0)));

    internal bool IsXmp => Type == "iTXt" && Keyword == XmpKeyword;

    /// <summary>The profile of an iCCP chunk, or null where it is damaged: pixels are worth more than their profile.</summary>
    internal byte[]? AsIccProfile() => Data.Length < Keyword.Length + 2 ? null : Inflated(Data.AsSpan(Keyword.Length + 2));

    /// <summary>The packet of an XMP chunk: keyword, flag, method, language and translated keyword precede it.</summary>
    internal byte[]? AsXmp()
    {
        var at = Keyword.Length + 1;
        if (Data.Length < at + 4)
            return null;
        var compressed = Data[at] == 1;
        var rest = Data.AsSpan(at + 2);
        rest = rest[(rest.IndexOf((byte)0) + 1)..];
        rest = rest[(rest.IndexOf((byte)0) + 1)..];
        return compressed ? Inflated(rest) : rest.ToArray();
    }

    /// <summary>Length, type, data and check sum, as they stand in the file.</summary>
    internal void WriteTo(Stream stream)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, Data.Length);
        stream.Write(number);
        var type = Encoding.ASCII.GetBytes(Type);
        stream.Write(type);
        stream.Write(Data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(type, Data));
        stream.Write(number);
    }

    internal static byte[] Deflated(ReadOnlySpan<byte> data)
    {
        using var buffer = new MemoryStream();
        using (var zlib = new ZLibStream(buffer, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(data);
        return buffer.ToArray();
    }

    private static byte[]? Inflated(ReadOnlySpan<byte> data)
    {
        using var zlib = new ZLibStream(new MemoryStream(data.ToArray()), CompressionMode.Decompress);
        using var buffer = new MemoryStream();
        var piece = new byte[64 << 10];
        try
        {
            for (int read; (read = zlib.Read(piece)) > 0;)
            {
                buffer.Write(piece, 0, read);
                if (buffer.Length > FileBytes.LargestMetadata)
                    return null;
            }

            return buffer.ToArray();
        }
        // Thrown for damaged data, and for a preset dictionary, which no file brings with it.
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            return null;
        }
    }
}
