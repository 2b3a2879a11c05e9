namespace DipPipeline.Engine.Imaging;

/// <summary>File formats that are read, told by content, never by file name.</summary>
public enum PictureFormat
{
    Png,
    Jpeg,
    Tiff,
    WebP,
    Bmp,
}
