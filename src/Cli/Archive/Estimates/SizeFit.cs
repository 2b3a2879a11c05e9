namespace DipPipeline.Cli.Archive;

/// <summary>seconds = a + b·pixels with a, b ≥ 0, by least squares: an iteration costs as its pixels, and reading and writing come on top.</summary>
internal sealed record SizeFit(double Constant, double PerPixel)
{
    public static SizeFit Of(IReadOnlyList<(double Pixels, double Seconds)> points)
    {
        var (x, y) = (points.Average(p => p.Pixels), points.Average(p => p.Seconds));
        var spread = points.Sum(p => (p.Pixels - x) * (p.Pixels - x));
        // One size, or one picture: as much as it, at each size.
        if (spread <= 0)
        {
            return new(0, y / x);
        }

        var slope = points.Sum(p => (p.Pixels - x) * (p.Seconds - y)) / spread;
        var constant = y - slope * x;
        return slope < 0 ? new(y, 0)
            : constant < 0 ? new(0, points.Sum(p => p.Pixels * p.Seconds) / points.Sum(p => p.Pixels * p.Pixels))
            : new(constant, slope);
    }

    public double Seconds(double pixels) => Constant + PerPixel * pixels;
}
