namespace DipPipeline.Engine.Tiling;

/// <summary>
/// The tiles along one axis: all of one length, as few as reach over the whole with at least the overlap asked for, spread evenly.
/// Their weights are raised cosines over each overlap, and sum to one at every pixel.
/// </summary>
internal sealed class TileAxis
{
    private readonly int _length;
    private readonly Lazy<float[][]> _weights;

    /// <param name="length">Pixels of the whole.</param>
    /// <param name="side">Pixels of a tile at most.</param>
    /// <param name="overlap">Pixels that neighbours share at least, at most half a tile where there are neighbours.</param>
    /// <param name="multiple">Tiles are of a multiple of this, where they do not span the whole; a multiple of <paramref name="step"/>.</param>
    /// <param name="step">Tiles begin at multiples of this.</param>
    public TileAxis(int length, int side, int overlap, int multiple, int step)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        Count = length <= side ? 1 : Up(length - overlap, side - overlap) / (side - overlap);
        if (Count > 1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(2 * overlap, side);
        }

        _length = length;
        // No longer than the count needs, for what neighbours share is computed twice; and no shorter than two overlaps.
        var needed = Math.Max(((length + ((Count - 1L) * overlap)) + Count - 1) / Count, 2L * overlap);
        Side = Count == 1 ? length : Math.Min(side, Up(needed, multiple));
        Starts = [.. Enumerable.Range(0, Count).Select(n => n == Count - 1 ? length - Side : (int)((long)n * (length - Side) / (Count - 1) / step * step))];
        _weights = new(Weights);
    }

    public int Count { get; }

    /// <summary>Pixels of each tile.</summary>
    public int Side { get; }

    /// <summary>The first pixel of each tile.</summary>
    public IReadOnlyList<int> Starts { get; }

    /// <summary>The weights of a tile's pixels, 0..1.</summary>
    public ReadOnlySpan<float> WeightsOf(int tile) => _weights.Value[tile];

    /// <summary>The tiles that have pixels of [<paramref name="from"/>, <paramref name="to"/>).</summary>
    public IEnumerable<int> Within(int from, int to) => Enumerable.Range(0, Count).Where(n => Starts[n] < to && Starts[n] + Side > from);

    private float[][] Weights()
    {
        var windows = Enumerable.Range(0, Count).Select(n => Window(n)).ToArray();
        var sums = new double[_length];
        for (var n = 0; n < Count; n++)
        {
            for (var i = 0; i < Side; i++)
            {
                sums[Starts[n] + i] += windows[n][i];
            }
        }

        // Two neighbours' windows are complementary already; where a third tile reaches in, they are not.
        return [.. windows.Select((window, n) => window.Select((w, i) => (float)(w / sums[Starts[n] + i])).ToArray())];
    }

    private double[] Window(int tile)
    {
        var before = tile == 0 ? 0 : Starts[tile - 1] + Side - Starts[tile];
        var after = tile == Count - 1 ? 0 : Starts[tile] + Side - Starts[tile + 1];
        return [.. Enumerable.Range(0, Side).Select(i => Rise(i, before) * Rise(Side - 1 - i, after))];
    }

    private static double Rise(int i, int overlap) => i >= overlap ? 1 : Math.Pow(Math.Sin(Math.PI / 2 * (i + 0.5) / overlap), 2);

    private static int Up(long value, int multiple) => (int)((value + multiple - 1) / multiple * multiple);
}
