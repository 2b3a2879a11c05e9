namespace DipPipeline.Draw;

/// <summary>
/// Reduction by a whole factor s with the Lanczos kernel sinc(t)·sinc(t/3), |t| &lt; 3, stretched by s so that nothing above the new
/// Nyquist limit folds back; rows, then columns. Output pixels sit in the middle of their s×s block, the border is repeated.
/// </summary>
internal static class Lanczos
{
    private const int Lobes = 3;

    public static Picture Reduce(Picture picture, int factor)
    {
        var taps = Taps(factor);
        var rows = new Colour[picture.Height / factor, picture.Width];
        var reduced = new Picture(picture.Width / factor, picture.Height / factor);
        for (var y = 0; y < reduced.Height; y++)
        {
            for (var x = 0; x < picture.Width; x++)
            {
                rows[y, x] = Sum(taps, factor, y, picture.Height, at => picture[x, at]);
            }

            for (var x = 0; x < reduced.Width; x++)
            {
                reduced[x, y] = Sum(taps, factor, x, picture.Width, at => rows[y, at]);
            }
        }

        return reduced;
    }

    private static Colour Sum(double[] taps, int factor, int block, int length, Func<int, Colour> sample)
    {
        var first = (block * factor) - ((taps.Length - factor) / 2);
        var sum = default(Colour);
        for (var tap = 0; tap < taps.Length; tap++)
        {
            sum += sample(Math.Clamp(first + tap, 0, length - 1)) * taps[tap];
        }

        return sum;
    }

    // As many taps as the kernel spans, of the factor's parity, so that their middle is the block's.
    private static double[] Taps(int factor)
    {
        var taps = new double[(2 * Lobes * factor) - (factor % 2)];
        for (var tap = 0; tap < taps.Length; tap++)
        {
            var t = (tap - ((taps.Length - 1) / 2.0)) / factor;
            taps[tap] = Sinc(t) * Sinc(t / Lobes);
        }

        var sum = taps.Sum();
        return [.. taps.Select(tap => tap / sum)];
    }

    private static double Sinc(double t) => t == 0 ? 1 : Math.Sin(Math.PI * t) / (Math.PI * t);
}
