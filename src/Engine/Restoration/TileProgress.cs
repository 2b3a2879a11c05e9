using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Restoration;

/// <summary>How far a job in tiles is.</summary>
/// <param name="tiles">How many there are.</param>
/// <param name="most">Iterations of a tile at most.</param>
/// <param name="atOnce">Tiles at the same time.</param>
/// <param name="finished">Iterations of each tile that an earlier run finished.</param>
internal sealed class TileProgress(int tiles, int most, int atOnce, IEnumerable<int> finished)
{
    private readonly List<int> _finished = [.. finished];
    private readonly Dictionary<int, UnderWay> _underWay = [];
    private long _done;

    /// <summary>How far the job is; falls only where a tile goes back, or begins anew.</summary>
    public int Position => Clamped(Whole(_finished.Count) + _underWay.Values.Sum(t => Scaled(t.Iteration, t.Own)));

    /// <summary>How far a tile is, as the position counts it: one that is fitted twice as one that is not.</summary>
    /// <param name="iteration">Iterations done.</param>
    /// <param name="own">Iterations of that tile at most.</param>
    public int Scaled(int iteration, int own) => own > most ? (int)((((long)iteration * most) + own - 1) / own) : iteration;

    /// <summary>A tile was written down after so many iterations, of so many at most; by an earlier run, or this one.</summary>
    public void Save(int tile, int iteration, int own) =>
        _underWay[tile] = _underWay.GetValueOrDefault(tile) with { Iteration = iteration, Own = own, Saved = Scaled(iteration, own) };

    /// <summary>How far the job would go on from, killed once a tile that is finished is written down.</summary>
    public int Saved(int finished) => Clamped(Whole(_finished.Count + 1) + SavedBeside(finished));

    /// <summary>How far the job would go on from, killed once a tile is written down after so many iterations, of so many at most.</summary>
    public int Saved(int tile, int iteration, int own) => Clamped(Whole(_finished.Count) + SavedBeside(tile) + Scaled(iteration, own));

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
        _underWay[tile] = new UnderWay(p.Point.Iteration, own, p.Done, _underWay.GetValueOrDefault(tile).Saved);
        var speed = RestorationProgress.SpeedOf(_done + _underWay.Values.Sum(t => (long)t.Done), elapsed);
        // What tiles that are fitted twice took for that says nothing of the others.
        var each = _finished.Count > 0 ? _finished.Average(n => Math.Min(n, most)) : most;
        var left = _underWay.Values.Select(t => Left(t, each)).ToArray();
        // The speed is that of all lanes: at the end one tile alone has its share.
        var all = Math.Max(left.Sum() + ((tiles - _finished.Count - _underWay.Count) * each), atOnce * left.Max());
        return new RestorationProgress(Position, Clamped(Whole(tiles)), speed, TimeSpan.FromSeconds(all / speed), p.Point.Energy, p.Point.Psnr)
        {
            Elapsed = elapsed,
            Tile = _finished.Count + 1,
            Tiles = tiles,
        };
    }

    private long SavedBeside(int tile) => _underWay.Where(t => t.Key != tile).Sum(t => (long)t.Value.Saved);

    private long Whole(int count) => (long)count * most;

    private double Left(UnderWay tile, double each)
    {
        var expected = tile.Own > most ? each * tile.Own / most : Math.Min(each, tile.Own);
        return Math.Max(0, (tile.Iteration < expected ? expected : tile.Own) - tile.Iteration);
    }

    private static int Clamped(long iterations) => (int)Math.Min(int.MaxValue, iterations);

    private readonly record struct UnderWay(int Iteration, int Own, int Done, int Saved);
}
