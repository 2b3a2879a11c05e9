namespace DipPipeline.Engine.Imaging;

/// <summary>TIFF 6.0: gray, palette and RGB of up to 16 bits. Of several pages the first is read.</summary>
internal static class TiffContainer
{
    /// <summary>Values of ExtraSamples: colour multiplied by alpha, and not.</summary>
    private const uint Associated = 1, Unassociated = 2;

    private const string AcceptedTiff = "an 8-bit or 16-bit gray, palette or RGB TIFF would be accepted";

    public static Container Parse(FileBytes file)
    {
        if (file.Length > 3 && file.Read(0, 4).AsSpan(2).Contains((byte)43))
            throw file.Refused("is a BigTIFF", "a classic TIFF would be accepted");
        var directory = TiffDirectory.First(file) ?? throw file.CutOff();
        if (directory.Numbers(TiffTag.Width) is not [var width and > 0 and <= int.MaxValue, ..]
            || directory.Numbers(TiffTag.Height) is not [var height and > 0 and <= int.MaxValue, ..])
        {
            throw file.CutOff();
        }

        var bits = directory.Numbers(TiffTag.BitsPerSample) is { Length: > 0 } all ? all.Max() : 1;
        var photometric = directory.Number(TiffTag.Photometric, 1);
        if (directory.Numbers(TiffTag.SampleFormat).Any(format => format != 1))
            throw file.Refused("is a TIFF of floating-point or signed samples, whose range is not defined", AcceptedTiff);
        if (bits is not (1 or 2 or 4 or 8 or 16))
            throw file.Refused($"is a TIFF of {bits} bits a sample", AcceptedTiff);
        if (photometric is not (0 or 1 or 2 or 3 or 6))
            throw file.Refused($"is a TIFF of photometric interpretation {photometric} (CMYK, Lab or other)", AcceptedTiff);

        var metadata = new PictureMetadata
        {
            IccProfile = directory.Data(TiffTag.IccProfile),
            Xmp = directory.Data(TiffTag.Xmp),
            Exif = ExifBlock.Of(directory),
            Resolution = Resolution(directory),
            PngChunks = [.. IptcProfile.Of(directory)],
        };
        var orientation = directory.Numbers(TiffTag.Orientation) is [var turn and >= 1 and <= 8, ..] ? (int)turn : 1;
        var isGray = photometric is 0 or 1;
        var samples = directory.Number(TiffTag.SamplesPerPixel, 1);
        var obstacle = PlainTiff.Obstacle(directory);
        if (isGray && samples > 1 && obstacle is var (what, accepted))
            throw file.Refused($"is a gray TIFF with alpha {what}", accepted);

        // Many programs leave the last sample's meaning unsaid; it is opacity in all of them.
        var extra = directory.Numbers(TiffTag.ExtraSamples);
        var hasAlpha = samples == (photometric is 2 or 6 ? 4 : 2) && (extra.Length == 0 || extra is [Associated or Unassociated]);
        if (hasAlpha && photometric == 3)
            throw file.Refused("is a palette TIFF with alpha, which the decoder would lose", "an RGB TIFF with alpha would be accepted");
        return new(PictureFormat.Tiff, (int)width, (int)height, isGray, hasAlpha, orientation, metadata)
        {
            IsPremultiplied = hasAlpha && extra is [Associated],
            IsPlainTiff = obstacle is null,
        };
    }

    /// <inheritdoc cref="Container.ForDecoder"/>
    public static byte[] ForDecoder(FileBytes file, byte[] bytes)
    {
        var directory = TiffDirectory.First(file) ?? throw file.CutOff();
        CheckData(TiffTag.StripOffsets, TiffTag.StripByteCounts);
        CheckData(TiffTag.TileOffsets, TiffTag.TileByteCounts);

        // The decoder would multiply colour by an unassociated alpha and lose it; associated alpha it passes as it stands.
        return ExifBlock.With(ExifBlock.Upright(bytes), TiffTag.ExtraSamples, Associated);

        void CheckData(ushort offsetTag, ushort countTag)
        {
            foreach (var (offset, count) in directory.Numbers(offsetTag).Zip(directory.Numbers(countTag)))
            {
                if ((long)offset + count > bytes.Length)
                    throw file.CutOff();
            }
        }
    }

    private static PictureResolution? Resolution(TiffDirectory directory)
    {
        var scale = directory.Numbers(TiffTag.ResolutionUnit) switch { [1, ..] => 0, [3, ..] => 100, _ => 1 / 0.0254 };
        var (x, y) = (directory.Ratio(TiffTag.XResolution) * scale, directory.Ratio(TiffTag.YResolution) * scale);
        return x < 1 || y < 1 || x > uint.MaxValue || y > uint.MaxValue ? null : new((uint)Math.Round(x), (uint)Math.Round(y));
    }
}
