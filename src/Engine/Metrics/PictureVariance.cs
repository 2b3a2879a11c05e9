using DipPipeline.Engine.Imaging;

namespace DipPipeline.Engine.Metrics;

/// <summary>Variance of a picture that is never held as a whole, 0..1: of each channel, averaged over them.</summary>
internal static class PictureVariance
{
    private const int Rows = 64;

    public static double Of(RawPicture picture)
    {
        var (sums, squares) = (new double[picture.Channels], new double[picture.Channels]);
        for (var top = 0; top < picture.Height; top += Rows)
        {
            var band = picture.Crop(0, top, picture.Width, Math.Min(Rows, picture.Height - top));
            for (var channel = 0; channel < picture.Channels; channel++)
            {
                foreach (var value in band.Plane(channel))
                {
                    sums[channel] += value;
                    squares[channel] += (double)value * value;
                }
            }
        }

        var count = (double)picture.Width * picture.Height;
        return sums.Zip(squares, (sum, square) => (square / count) - (sum / count * (sum / count))).Average();
    }
}
