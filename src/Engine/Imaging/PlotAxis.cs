using System.Globalization;

namespace DipPipeline.Engine.Imaging;

/// <summary>Maps values to a stretch of the canvas, with ticks at round values.</summary>
internal sealed class PlotAxis
{
    private static readonly int[] Multiples = [1, 2, 5, 10];

    private readonly double low, high, from, to;

    private PlotAxis(double low, double high, double from, double to) => (this.low, this.high, this.from, this.to) = (low, high, from, to);

    public IReadOnlyList<(double Value, string Label)> Ticks { get; private init; } = [];

    /// <summary>Where a value stands on the canvas.</summary>
    public double At(double value) => from + (value - low) / (high - low) * (to - from);

    /// <summary>A linear axis over the values, with at most so many steps of 1, 2 or 5 times a power of ten.</summary>
    public static PlotAxis Covering(IEnumerable<double> values, double from, double to, int most)
    {
        var (low, high) = Range(values, empty: 1);
        var step = Math.Pow(10, Math.Floor(Math.Log10((high - low) / most)));
        step *= Multiples.First(multiple => (high - low) / (step * multiple) <= most);
        var (first, last) = (Math.Floor(low / step), Math.Ceiling(high / step));
        return new(first * step, last * step, from, to)
        {
            Ticks = [.. from n in Enumerable.Range(0, (int)(last - first) + 1)
                        let value = (first + n) * step
                        select (value, Math.Round(value, 9).ToString("0.####", CultureInfo.InvariantCulture))],
        };
    }

    /// <summary>An axis over logarithms (base 10), with ticks at 1, 2 and 5 times each power of ten, or at the powers alone.</summary>
    public static PlotAxis Logarithmic(IEnumerable<double> logarithms, double from, double to)
    {
        var (low, high) = Range(logarithms, empty: 0.5);
        var margin = (high - low) * 0.05;
        (low, high) = (low - margin, high + margin);
        double[] mantissas = (high - low) switch { < 0.5 => [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9], < 3 => [1, 2, 5], _ => [1] };
        return new(low, high, from, to)
        {
            Ticks = [.. from power in Enumerable.Range((int)Math.Floor(low), (int)Math.Ceiling(high) - (int)Math.Floor(low) + 1)
                        from mantissa in mantissas
                        let value = power + Math.Log10(mantissa)
                        where value >= low && value <= high
                        select (value, string.Create(CultureInfo.InvariantCulture, $"{mantissa}e{power}"))],
        };
    }

    /// <summary>Lowest and highest value, held apart where they are one.</summary>
    private static (double Low, double High) Range(IEnumerable<double> values, double empty)
    {
        var all = values.DefaultIfEmpty(0).ToList();
        var (low, high) = (all.Min(), all.Max());
        return high - low > 1e-9 ? (low, high) : (low - empty / 2, high + empty / 2);
    }
}
