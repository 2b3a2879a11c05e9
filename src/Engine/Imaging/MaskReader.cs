using DipPipeline.Contracts;
using DipPipeline.Engine.Metrics;

namespace DipPipeline.Engine.Imaging;

/// <summary>Reads the mask of an inpainting: white 1 is known and kept, black 0 is missing and filled; gray lies between.</summary>
public static class MaskReader
{
    /// <returns>[H,W] in 0..1: the mask's luma, upright by its own EXIF orientation; its alpha is not considered.</returns>
    /// <exception cref="RefusedException">Unreadable, of another size, all black or all white.</exception>
    public static float[] Read(string path, int expectedWidth, int expectedHeight)
    {
        CheckSize(path, expectedWidth, expectedHeight);
        var picture = PictureReader.Read(path, long.MaxValue);
        var mask = Of(picture);
        Check(path, Array.TrueForAll(mask, value => value == 0), Array.TrueForAll(mask, value => value == 1));
        return mask;
    }

    /// <summary>[H,W] in 0..1: the luma of a mask, or of a part of one.</summary>
    internal static float[] Of(Picture picture) => picture.Channels == 1 ? picture.Samples : Luma.FullRange(picture);

    /// <exception cref="RefusedException">Unreadable, or of another size.</exception>
    internal static void CheckSize(string path, int expectedWidth, int expectedHeight)
    {
        var header = PictureReader.Probe(path);
        if (header.Width != expectedWidth || header.Height != expectedHeight)
        {
            throw new RefusedException(
                $"'{path}' is {header.Width}×{header.Height} pixels but its picture is {expectedWidth}×{expectedHeight}; " +
                "a mask of the picture's size would be accepted.");
        }
    }

    /// <exception cref="RefusedException">All black or all white.</exception>
    internal static void Check(string path, bool isBlack, bool isWhite)
    {
        if (isBlack)
            throw Refused("black, so no pixel of the picture is known; a mask with white where the picture is to be kept");
        if (isWhite)
            throw Refused("white, so there is nothing to fill; a mask with black where the picture is to be filled");

        RefusedException Refused(string what) => new($"'{path}' is all {what} would be accepted.");
    }
}
