using System.Buffers.Binary;
using System.IO.Compression;

namespace DipPipeline.Engine.Imaging;

/// <summary>
/// PNG with metadata (W3C PNG, third edition). Written here because OpenCV's encoder knows neither gray with alpha nor,
/// through its .NET binding, a way to embed ICC, EXIF and XMP. The bytes depend on the picture alone.
/// </summary>
internal static class PngEncoder
{
    public static byte[] Encode(Picture picture)
    {
        using var stream = new MemoryStream();
        Encode(stream, PngKind.Of(picture), [picture]);
        return stream.ToArray();
    }

    /// <summary>Encodes as rows come, and keeps none of them.</summary>
    /// <param name="stream">The file.</param>
    /// <param name="kind">Size, samples and metadata.</param>
    /// <param name="bands">The picture's rows in order, in pictures of its width.</param>
    public static void Encode(Stream stream, PngKind kind, IEnumerable<Picture> bands)
    {
        stream.Write(PngContainer.Signature);
        Header(kind).WriteTo(stream);
        foreach (var chunk in Metadata(kind))
        {
            chunk.WriteTo(stream);
        }

        var filter = new PngFilter(kind.RowLength, kind.PixelLength);
        using (var data = new PngDataStream(stream))
        {
            // The zlib stream writes its end when it is disposed of, before the last chunk.
            using var zlib = new ZLibStream(data, CompressionLevel.Optimal, leaveOpen: true);
            foreach (var band in bands)
            {
                zlib.Write(filter.Apply(PictureRows.Interleaved(band, 0, band.Height, bigEndian: true)));
            }
        }

        new PngChunk("IEND", []).WriteTo(stream);
    }

    private static PngChunk Header(PngKind kind)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, kind.Width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), kind.Height);
        data[8] = (byte)kind.BitDepth;
        data[9] = (byte)((kind.Channels == 3 ? 2 : 0) | (kind.HasAlpha ? 4 : 0));
        return new("IHDR", data);
    }

    /// <summary>Colour first, as the format demands; a profile replaces the chunk that says sRGB.</summary>
    private static IEnumerable<PngChunk> Metadata(PngKind kind)
    {
        var metadata = kind.Metadata;
        if (metadata.IccProfile is { } profile)
            yield return PngChunk.IccProfile(profile);
        foreach (var chunk in metadata.PngChunks.Where(chunk => chunk.Type != "sRGB" || metadata.IccProfile is null))
            yield return chunk;
        if (metadata.Resolution is { } resolution)
            yield return PngChunk.Resolution(resolution);
        if (metadata.Exif is { } exif)
            yield return new("eXIf", ExifBlock.WithSize(exif, kind.Width, kind.Height));
        if (metadata.Xmp is { } xmp)
            yield return PngChunk.Xmp(xmp);
    }
}

/// <summary>What a PNG holds, but for its pixels.</summary>
internal sealed record PngKind(int Width, int Height, int Channels, bool HasAlpha, int BitDepth, PictureMetadata Metadata)
{
    public int PixelLength => (Channels + (HasAlpha ? 1 : 0)) * BitDepth / 8;

    public int RowLength => Width * PixelLength;

    public static PngKind Of(Picture picture) => new(picture.Width, picture.Height, picture.Channels, picture.Alpha is not null, picture.BitDepth, picture.Metadata);
}
