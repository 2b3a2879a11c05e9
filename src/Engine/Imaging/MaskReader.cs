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
        var header = PictureReader.Probe(path);
        if (header.Width != expectedWidth || header.Height != expectedHeight)
        {
            throw new RefusedException(
                $"'{path}' is {header.Width}×{header.Height} pixels but its picture is {expectedWidth}×{expectedHeight}; " +
                "a mask of the picture's size would be accepted.");
        }

        var picture = PictureReader.Read(path, long.MaxValue);
        var mask = picture.Channels == 1 ? picture.Samples : Luma.FullRange(picture);
        if (Array.TrueForAll(mask, value => value == 0))
            throw Refused("black, so no pixel of the picture is known; a mask with white where the picture is to be kept");
        if (Array.TrueForAll(mask, value => value == 1))
            throw Refused("white, so there is nothing to fill; a mask with black where the picture is to be filled");
        return mask;

        RefusedException Refused(string what) => new($"'{path}' is all {what} would be accepted.");
    }
}
