namespace DipPipeline.Engine.Imaging;

/// <summary>What a file's header says, before anything is decoded.</summary>
/// <param name="Width">Pixels across, upright (EXIF orientation considered).</param>
/// <param name="Height">Pixels down, upright.</param>
public sealed record PictureHeader(PictureFormat Format, int Width, int Height);
