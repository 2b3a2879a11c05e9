namespace DipPipeline.Engine.Imaging;

/// <summary>Rows of the alpha that an enlarged picture gets: those of <see cref="PictureResizer.ResizeAlpha"/>, without the rest of it.</summary>
internal static class AlphaBand
{
    // OpenCV's bicubic kernel reaches two pixels.
    private const int Reach = 2;

    /// <param name="picture">Has alpha.</param>
    /// <param name="factor">How much it is enlarged.</param>
    /// <param name="top">The first row, of the enlarged one.</param>
    /// <param name="height">How many.</param>
    public static float[] Of(RawPicture picture, int factor, int top, int height)
    {
        if (factor == 1)
        {
            return picture.Crop(0, top, picture.Width, height).Alpha!;
        }

        var from = Math.Max(0, (top / factor) - Reach);
        var to = Math.Min(picture.Height, ((top + height + factor - 1) / factor) + Reach);
        var width = picture.Width * factor;
        var enlarged = PictureResizer.ResizeAlpha(picture.Crop(0, from, picture.Width, to - from).Alpha!, picture.Width, to - from, width, (to - from) * factor);
        return enlarged.AsSpan((top - (from * factor)) * width, height * width).ToArray();
    }
}
