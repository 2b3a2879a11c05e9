namespace DipPipeline.Engine.Imaging;

/// <summary>Tags of TIFF 6.0, EXIF 2.32 and the ICC specification's annex B.</summary>
internal static class TiffTag
{
    public const ushort Width = 256, Height = 257, BitsPerSample = 258, Compression = 259, Photometric = 262, FillOrder = 266;
    public const ushort StripOffsets = 273, Orientation = 274, SamplesPerPixel = 277, RowsPerStrip = 278, StripByteCounts = 279;
    public const ushort XResolution = 282, YResolution = 283, Planes = 284, ResolutionUnit = 296, Predictor = 317;
    public const ushort TileWidth = 322, TileHeight = 323, TileOffsets = 324, TileByteCounts = 325, ExtraSamples = 338, SampleFormat = 339;
    public const ushort Xmp = 700, Iptc = 33723, Photoshop = 34377, ExifDirectory = 34665, IccProfile = 34675, GpsDirectory = 34853;
    public const ushort ExifWidth = 0xA002, ExifHeight = 0xA003, Interoperability = 0xA005;

    /// <summary>What a TIFF's own directory says of the picture rather than of its storage: texts, times, authors.</summary>
    public static bool IsDescriptive(ushort tag) => tag is
        0x010E or 0x010F or 0x0110 or 0x0131 or 0x0132 or 0x013B or 0x013C or 0x8298 or (>= 0x9C9B and <= 0x9C9F)
        or Orientation or XResolution or YResolution or ResolutionUnit;
}
