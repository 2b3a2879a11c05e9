namespace DipPipeline.Engine.Imaging;

/// <summary>What a picture file says besides its pixels. The reader has settled the orientation: EXIF and XMP say "upright".</summary>
public sealed record PictureMetadata
{
    public static PictureMetadata None { get; } = new();

    /// <summary>ICC profile; kept only where its colour space is that of the samples (gray or RGB).</summary>
    public byte[]? IccProfile { get; init; }

    /// <summary>EXIF: a TIFF structure starting with its byte order, without the "Exif" prefix of JPEG.</summary>
    public byte[]? Exif { get; init; }

    /// <summary>XMP packet, UTF-8.</summary>
    public byte[]? Xmp { get; init; }

    public PictureResolution? Resolution { get; init; }

    /// <summary>PNG chunks kept verbatim: colour (sRGB, gAMA, cHRM, cICP) and texts, to which comments and IPTC of other formats are made.</summary>
    public IReadOnlyList<PngChunk> PngChunks { get; init; } = [];
}

/// <summary>Pixels per metre, across and down.</summary>
public sealed record PictureResolution(uint X, uint Y);
