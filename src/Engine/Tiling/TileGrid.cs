using DipPipeline.Contracts.Results;

namespace DipPipeline.Engine.Tiling;

/// <summary>What the sides and places of tiles are multiples of.</summary>
/// <param name="Factor">How many pixels of the output a pixel of the observation makes, along each side.</param>
/// <param name="SideMultiple">What the network can halve without a rest.</param>
internal sealed record TileGrid(int Factor, int SideMultiple)
{
    // A network of many scales pads its tiles instead: rounding them up would cost more.
    private const int LargestMultiple = 32;

    /// <summary>Least common multiple of both.</summary>
    public int Multiple
    {
        get
        {
            var multiple = Math.Min(SideMultiple, LargestMultiple);
            while (multiple % Factor != 0)
            {
                multiple += Math.Min(SideMultiple, LargestMultiple);
            }

            return multiple;
        }
    }

    /// <param name="width">Of the output.</param>
    /// <param name="height">Of the output.</param>
    /// <param name="side">A tile's longest side.</param>
    /// <param name="overlap">What neighbours share at least; at most half of <paramref name="side"/>.</param>
    public TilePlan Cut(int width, int height, int side, int overlap)
    {
        var (across, down) = (Axis(width, side, overlap), Axis(height, side, overlap));
        return new TilePlan(across.Side, down.Side, overlap, across.Count * down.Count);
    }

    public TileAxis Axis(int length, int side, int overlap) => new(length, side, overlap, Multiple, Factor);
}
