using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Tiling;

namespace DipPipeline.Tests.Tiling;

/// <summary>
/// How visible the borders of tiles are: the mean absolute difference of neighbouring pixels across both edges of every overlap, over that
/// across lines some pixels to both sides of them, inside of the tiles. 1 is no seam.
/// </summary>
internal static class Seams
{
    // Near enough for the same content, beyond what a step would touch.
    private static readonly int[] s_beside = [-9, -7, -5, -3, 3, 5, 7, 9];

    /// <param name="picture">A picture restored in tiles.</param>
    /// <param name="plan">Its tiles.</param>
    /// <param name="factor">How much it was enlarged.</param>
    public static double Ratio(Picture picture, TilePlan plan, int factor = 1)
    {
        var edges = Edges(picture.Width, plan.Width, plan.Overlap, factor).Select(at => (At: at, IsColumn: true))
            .Concat(Edges(picture.Height, plan.Height, plan.Overlap, factor).Select(at => (At: at, IsColumn: false)))
            .Where(e => e.At + s_beside[0] > 0 && e.At + s_beside[^1] < (e.IsColumn ? picture.Width : picture.Height)).ToArray();
        return edges.Average(e => Step(picture, e.At, e.IsColumn)) / edges.Average(e => s_beside.Average(by => Step(picture, e.At + by, e.IsColumn)));
    }

    // The first pixel after each edge of each overlap. A tile of the plan's side is no further shortened.
    private static IEnumerable<int> Edges(int length, int side, int overlap, int factor)
    {
        var axis = new TileAxis(length, side, Math.Min(overlap, side / 2), multiple: side, factor);
        return Enumerable.Range(1, axis.Count - 1).SelectMany(n => new[] { axis.Starts[n], axis.Starts[n - 1] + axis.Side });
    }

    // Mean absolute difference over the line before a row, or a column, of pixels.
    private static double Step(Picture picture, int at, bool isColumn)
    {
        double sum = 0;
        var (count, across, along) = isColumn ? (picture.Height, 1, picture.Width) : (picture.Width, picture.Width, 1);
        for (var channel = 0; channel < picture.Channels; channel++)
        {
            var plane = picture.Plane(channel);
            for (var n = 0; n < count; n++)
            {
                var here = (at * across) + (n * along);
                sum += Math.Abs(plane[here] - plane[here - across]);
            }
        }

        return sum / count / picture.Channels;
    }
}
