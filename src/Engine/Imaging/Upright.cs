namespace DipPipeline.Engine.Imaging;

/// <summary>Turns stored pixels the way EXIF orientation (TIFF 6.0, tag 274) says they are to be seen.</summary>
internal static class Upright
{
    /// <summary>Orientations 5 to 8 exchange width and height.</summary>
    public static bool Exchanges(int orientation) => orientation >= 5;

    /// <param name="planes">[N,H,W].</param>
    /// <param name="width">As stored.</param>
    /// <param name="height">As stored.</param>
    /// <returns><paramref name="planes"/> itself for orientation 1, else turned planes: [N,H,W], or [N,W,H] for 5..8.</returns>
    public static float[] Turn(float[] planes, int width, int height, int orientation)
    {
        if (orientation == 1)
            return planes;
        var turned = new float[planes.Length];
        var pixels = width * height;
        var (newWidth, newHeight) = Exchanges(orientation) ? (height, width) : (width, height);
        for (var plane = 0; plane < planes.Length; plane += pixels)
        {
            for (var y = 0; y < newHeight; y++)
            {
                for (var x = 0; x < newWidth; x++)
                {
                    var (sourceX, sourceY) = Source(x, y, width, height, orientation);
                    turned[plane + y * newWidth + x] = planes[plane + sourceY * width + sourceX];
                }
            }
        }

        return turned;
    }

    /// <summary>Where the pixel at (<paramref name="x"/>, <paramref name="y"/>) of the upright picture is stored.</summary>
    /// <param name="width">As stored.</param>
    /// <param name="height">As stored.</param>
    public static (int X, int Y) Source(int x, int y, int width, int height, int orientation) => orientation switch
    {
        1 => (x, y),
        2 => (width - 1 - x, y),
        3 => (width - 1 - x, height - 1 - y),
        4 => (x, height - 1 - y),
        5 => (y, x),
        6 => (y, height - 1 - x),
        7 => (width - 1 - y, height - 1 - x),
        _ => (width - 1 - y, x),
    };
}
