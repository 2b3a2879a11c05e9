using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Restoration;

/// <summary>How far a job in tiles is.</summary>
/// <param name="tiles">How many there are.</param>
/// <param name="most">Iterations of a tile at most.</param>
/// <param name="finished">Iterations of each tile that an earlier run finished.</param>
internal sealed class TileProgress(int tiles, int most, IEnumerable<int> finished)
{
    private readonly List<int> _finished = [.. finished];
    private readonly Dictionary<int, UnderWay> _underWay = [];
    private long _done;

    /// <summary>How far the job is; falls only where a tile begins anew.</summary>
    public int Position => Clamped(((long)_finished.Count * most) + _underWay.Values.Sum(t => Scaled(t.Iteration, t.Own)));

    /// <summary>How far a tile is, as the position counts it: one that is fitted twice as one that is not.</summary>
    /// <param name="iteration">Iterations done.</param>
    /// <param name="own">Iterations of that tile at most.</param>
    public int Scaled(int iteration, int own) => own > most ? (int)((((long)iteration * most) + own - 1) / own) : iteration;

    /// <summary>A tile is, or was when an earlier run ended, so far, of so many iterations at most.</summary>
    public void At(int tile, int iteration, int own) => _underWay[tile] = _underWay.GetValueOrDefault(tile) with { Iteration = iteration, Own = own };

    /// <summary>A tile was finished: so many iterations in all, and so many of them in this run.</summary>
    public void Finish(int tile, int iterations, int done)
    {
        _underWay.Remove(tile);
        _finished.Add(iterations);
        _done += done;
    }

    /// <param name="tile">One under way.</param>
    /// <param name="p">How far that is.</param>
    /// <param name="own">Iterations of that tile at most.</param>
    /// <param name="elapsed">Time of this run.</param>
    public RestorationProgress At(int tile, SolverProgress p, int own, TimeSpan elapsed)
    {
        _underWay[tile] = new UnderWay(p.Point.Iteration, own, p.Done);
        var speed = RestorationProgress.SpeedOf(_done + _underWay.Values.Sum(t => (long)t.Done), elapsed);
        // What tiles that are fitted twice took for that says nothing of the others.
        var each = _finished.Count > 0 ? _finished.Average(n => Math.Min(n, most)) : most;
        var left = _underWay.Values.Sum(t => Left(t, each)) + ((tiles - _finished.Count - _underWay.Count) * each);
        return new RestorationProgress(Position, Clamped((long)tiles * most), speed, TimeSpan.FromSeconds(left / speed), p.Point.Energy, p.Point.Psnr)
        {
            Elapsed = elapsed,
            Tile = _finished.Count + 1,
            Tiles = tiles,
        };
    }

    private double Left(UnderWay tile, double each)
    {
        var expected = tile.Own > most ? each * tile.Own / most : Math.Min(each, tile.Own);
        return Math.Max(0, (tile.Iteration < expected ? expected : tile.Own) - tile.Iteration);
    }

    private static int Clamped(long iterations) => (int)Math.Min(int.MaxValue, iterations);

    private readonly record struct UnderWay(int Iteration, int Own, int Done);
}
