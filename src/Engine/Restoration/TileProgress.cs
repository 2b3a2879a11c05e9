using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Restoration;

/// <summary>How far a job in tiles is.</summary>
/// <param name="tiles">How many there are.</param>
/// <param name="most">Iterations of a tile at most.</param>
/// <param name="finished">Iterations of each tile that an earlier run finished.</param>
internal sealed class TileProgress(int tiles, int most, IEnumerable<int> finished)
{
    private readonly List<int> _finished = [.. finished];
    private long _done;
    private double _seconds;

    /// <summary>The tile under way, from 0.</summary>
    public int Tile => _finished.Count;

    /// <summary>A tile was finished: so many iterations in all, and so many of them, in so much time, in this run.</summary>
    public void Finish(int iterations, int done, TimeSpan elapsed)
    {
        _finished.Add(iterations);
        _done += done;
        _seconds += elapsed.TotalSeconds;
    }

    /// <summary>How far the job is with so many iterations of the tile under way, which has so many at most; never falls.</summary>
    public int Position(int iteration = 0, int own = 0) => Clamped(((long)Tile * most) + (own > most ? (((long)iteration * most) + own - 1) / own : iteration));

    /// <param name="p">Of the tile under way.</param>
    /// <param name="own">Iterations of that tile at most.</param>
    public RestorationProgress At(SolverProgress p, int own)
    {
        var elapsed = TimeSpan.FromSeconds(_seconds) + p.Elapsed;
        var speed = RestorationProgress.SpeedOf(_done + p.Done, elapsed);
        // What tiles that are fitted twice took for that says nothing of the others.
        var each = _finished.Count > 0 ? _finished.Average(n => Math.Min(n, most)) : most;
        var expected = own > most ? each * own / most : Math.Min(each, own);
        var left = Math.Max(0, (p.Point.Iteration < expected ? expected : own) - p.Point.Iteration) + ((tiles - Tile - 1) * each);
        return new RestorationProgress(Position(p.Point.Iteration, own), Clamped((long)tiles * most), speed, TimeSpan.FromSeconds(left / speed), p.Point.Energy, p.Point.Psnr)
        {
            Elapsed = elapsed,
            Tile = Tile + 1,
            Tiles = tiles,
        };
    }

    private static int Clamped(long iterations) => (int)Math.Min(int.MaxValue, iterations);
}
