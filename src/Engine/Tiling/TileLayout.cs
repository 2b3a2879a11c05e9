using DipPipeline.Contracts.Results;

namespace DipPipeline.Engine.Tiling;

/// <summary>A plan, laid over a picture.</summary>
internal sealed class TileLayout
{
    private readonly TileAxis _across;
    private readonly TileAxis _down;

    public TileLayout(TilePlan plan, int width, int height, TileGrid grid)
    {
        (Plan, Width, Height, Factor) = (plan, width, height, grid.Factor);
        (_across, _down) = (grid.Axis(width, plan.Width, plan.Overlap), grid.Axis(height, plan.Height, plan.Overlap));
        if (_across.Side != plan.Width || _down.Side != plan.Height || _across.Count * _down.Count != plan.Count)
        {
            throw new ArgumentException($"{plan} is no plan of a picture of {width}×{height}.", nameof(plan));
        }
    }

    public TilePlan Plan { get; }

    /// <summary>Of the output.</summary>
    public int Width { get; }

    /// <summary>Of the output.</summary>
    public int Height { get; }

    /// <inheritdoc cref="TileGrid.Factor"/>
    public int Factor { get; }

    public TileAxis Across => _across;

    public TileAxis Down => _down;

    /// <summary>The number of the tile in a column and a row of tiles.</summary>
    public int Number(int column, int row) => (row * _across.Count) + column;

    /// <summary>Left and top of a tile in the output.</summary>
    public (int Left, int Top) Place(int tile) => (_across.Starts[tile % _across.Count], _down.Starts[tile / _across.Count]);
}
