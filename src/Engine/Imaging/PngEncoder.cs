using System.Buffers.Binary;
using System.Text;

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
        stream.Write(PngContainer.Signature);
        Header(picture).WriteTo(stream);
        foreach (var chunk in Metadata(picture))
            chunk.WriteTo(stream);
        new PngChunk("IDAT", PngChunk.Deflated(PngFilter.Apply(Interleaved(picture), RowLength(picture), PixelLength(picture)))).WriteTo(stream);
        new PngChunk("IEND", []).WriteTo(stream);
        return stream.ToArray();
    }

    private static int PixelLength(Picture picture) => (picture.Channels + (picture.Alpha is null ? 0 : 1)) * picture.BitDepth / 8;

    private static int RowLength(Picture picture) => picture.Width * PixelLength(picture);

    private static PngChunk Header(Picture picture)
    {
        var data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), picture.Height);
        data[8] = (byte)picture.BitDepth;
        data[9] = (byte)((picture.Channels == 3 ? 2 : 0) | (picture.Alpha is null ? 0 : 4));
        return new("IHDR", data);
    }

    /// <summary>Colour first, as the format demands; a profile replaces the chunk that says sRGB.</summary>
    private static IEnumerable<PngChunk> Metadata(Picture picture)
    {
        var metadata = picture.Metadata;
        if (metadata.IccProfile is { } profile)
            yield return PngChunk.IccProfile(profile);
        foreach (var chunk in metadata.PngChunks.Where(chunk => chunk.Type != "sRGB" || metadata.IccProfile is null))
            yield return chunk;
        if (metadata.Resolution is { } resolution)
            yield return PngChunk.Resolution(resolution);
        if (metadata.Exif is { } exif)
            yield return new("eXIf", ExifBlock.WithSize(exif, picture.Width, picture.Height));
        if (metadata.Xmp is { } xmp)
            yield return PngChunk.Xmp(xmp);
    }

    /// <summary>Samples rounded to nearest at the bit depth, high byte first, alpha last.</summary>
    private static byte[] Interleaved(Picture picture)
    {
        var bytes = new byte[(long)RowLength(picture) * picture.Height];
        var (step, wide) = (PixelLength(picture), picture.BitDepth == 16);
        for (var channel = 0; channel < picture.Channels; channel++)
            Put(picture.Plane(channel), channel);
        if (picture.Alpha is not null)
            Put(picture.Alpha, picture.Channels);
        return bytes;

        void Put(ReadOnlySpan<float> plane, int channel)
        {
            var peak = wide ? 65535f : 255f;
            for (int n = 0, at = channel * (wide ? 2 : 1); n < plane.Length; n++, at += step)
            {
                var value = (int)Math.Clamp(MathF.Round(plane[n] * peak), 0f, peak);
                if (wide)
                    bytes[at++] = (byte)(value >> 8);
                bytes[at] = (byte)value;
                if (wide)
                    at--;
            }
        }
    }
}
