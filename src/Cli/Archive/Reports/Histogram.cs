using System.Globalization;
using System.Text;

namespace DipPipeline.Cli.Archive;

/// <summary>A distribution as a drawing within a page, made of its numbers alone.</summary>
internal static class Histogram
{
    private const int Bars = 30;
    private const int Width = 620;
    private const int Height = 190;
    private const int Left = 50;
    private const int Bottom = 34;
    private const int Top = 12;

    /// <param name="values">At least one.</param>
    /// <param name="axis">What they are.</param>
    public static string Svg(IReadOnlyList<float> values, string axis)
    {
        float[] sorted = [.. values.Order()];
        // A few that are far away would press all others into one bar: they stand in the last one.
        var (low, high) = (sorted[0], sorted[^1]);
        var usual = sorted[(int)((sorted.Length - 1) * 0.99)];
        var isCut = high > usual + 2 * (usual - low) && usual > low;
        high = isCut ? usual : high;
        var step = high > low ? (high - low) / Bars : 1;
        var counts = new int[Bars];
        foreach (var value in sorted)
        {
            counts[Math.Clamp((int)((value - low) / step), 0, Bars - 1)]++;
        }

        var (most, width) = (counts.Max(), (Width - Left) / (double)Bars);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{axis}">""");
        for (var i = 0; i < Bars; i++)
        {
            var height = (Height - Top - Bottom) * (double)counts[i] / most;
            svg.Append(CultureInfo.InvariantCulture, $"""<rect x="{Left + i * width:0.#}" y="{Height - Bottom - height:0.##}" width="{width - 1:0.#}" height="{height:0.##}"><title>{low + i * step:0.##} to {low + (i + 1) * step:0.##}: {counts[i]:N0}</title></rect>""");
        }

        svg.Append(CultureInfo.InvariantCulture, $"""<path d="M{Left} {Top}V{Height - Bottom}H{Width}"/>""");
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Left - 6}" y="{Top + 8}" text-anchor="end">{most:N0}</text><text x="{Left - 6}" y="{Height - Bottom}" text-anchor="end">0</text>""");
        foreach (var share in (double[])[0, 0.5, 1])
        {
            var anchor = share == 0 ? "start" : share == 1 ? "end" : "middle";
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Left + share * (Width - Left):0}" y="{Height - Bottom + 15}" text-anchor="{anchor}">{low + share * step * Bars:0.##}{(isCut && share == 1 ? " and more" : "")}</text>""");
        }

        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{(Width + Left) / 2}" y="{Height - 4}" text-anchor="middle">{axis}: median {sorted[(sorted.Length - 1) / 2]:0.##}, mean {sorted.Average():0.##}, from {sorted[0]:0.##} to {sorted[^1]:0.##}</text></svg>""");
        return svg.ToString();
    }
}
