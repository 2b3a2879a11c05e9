using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tiling;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>
/// Optimises the tiles of a picture, from wherever an earlier run left off: one after another, or some at the same time, each of these lanes
/// with its own thread and its own checkpoint.
/// </summary>
/// <param name="job">The job, with the settings that apply.</param>
/// <param name="sources">Its pictures.</param>
/// <param name="state">Where finished tiles and checkpoints are kept.</param>
/// <param name="layout">Where the tiles lie.</param>
/// <param name="plan">Where and how to compute.</param>
/// <param name="identity">What the run is of.</param>
/// <param name="sigma">The noise of the whole picture, in 0..1.</param>
/// <param name="channels">Of the answer.</param>
internal sealed class TileScan(
    Job job, TiledSources sources, JobState state, TileLayout layout, ExecutionPlan plan, CheckpointIdentity identity, double? sigma, int channels)
{
    // Of all that lanes share, and of whoever is told something: one at a time.
    private readonly Lock _lock = new();
    private readonly SortedDictionary<int, TileRun> _runs = [];
    private readonly Queue<int> _waiting = [];
    private readonly Action<RestorationProgress>? _report = job.Paced();
    private readonly ExecutionPlan _share = plan.Shared(layout.Plan.AtOnce);
    private TileProgress? _progress;
    private double _secondsBefore;
    private long _started;

    /// <summary>The noise by which the classical method makes a guide, in 0..1, where the network is shown one.</summary>
    public double? GuideSigma { get; init; }

    /// <summary>Works until every tile is finished.</summary>
    /// <returns>How each tile's run went, and the time of all, earlier runs' included.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint of each tile under way was written first.</exception>
    public (IReadOnlyList<TileRun> Runs, double Seconds) Finish(CancellationToken cancellation)
    {
        _started = job.Time.GetTimestamp();
        var begun = Resumed();
        if (_runs.Count + begun.Count == 0)
        {
            state.Forget();
        }

        _progress = new TileProgress(layout.Plan.Count, job.Settings.Iterations, layout.Plan.AtOnce, _runs.Values.Select(r => r.Iterations));
        foreach (var (tile, iterations) in begun.Values)
        {
            _progress.Save(tile, iterations, job.Settings.Iterations);
        }

        foreach (var tile in Enumerable.Range(0, layout.Plan.Count).Except([.. _runs.Keys, .. begun.Values.Select(b => b.Tile)]))
        {
            _waiting.Enqueue(tile);
        }

        Lanes.Run(layout.Plan.AtOnce, (lane, stop) => Work(lane, begun.TryGetValue(lane, out var own) ? own.Tile : null, stop), cancellation);
        // The first lane was the caller's thread.
        Backends.UseThreads(plan.Threads);
        return ([.. _runs.Values], Seconds);
    }

    private double Seconds => _secondsBefore + job.Time.GetElapsedTime(_started).TotalSeconds;

    private void Work(int lane, int? begun, CancellationToken cancellation)
    {
        // Sums round by the number of threads, in a plugin's, too.
        Backends.UseThreads(_share.Threads);
        while ((begun ?? Next()) is { } tile)
        {
            cancellation.ThrowIfCancellationRequested();
            Optimise(lane, tile, begun is not null, cancellation);
            begun = null;
        }
    }

    private int? Next()
    {
        lock (_lock)
        {
            return _waiting.TryDequeue(out var tile) ? tile : null;
        }
    }

    private void Optimise(int lane, int tile, bool isUnderWay, CancellationToken cancellation)
    {
        var (left, top) = layout.Place(tile);
        var factor = layout.Factor;
        using var observation = sources.Observe(left / factor, top / factor, layout.Plan.Width / factor, layout.Plan.Height / factor, plan.TorchDevice);
        using var problem = job.Formulate(observation);
        using var guide = sources.Guide(job, left / factor, top / factor, layout.Plan.Width / factor, layout.Plan.Height / factor, factor, GuideSigma);
        using var fit = new Fit(job, observation, problem, guide, _share, sigma, left, top);
        if (isUnderWay)
        {
            Tell(tile, state.Resume(identity, fit, lane));
        }

        var before = fit.Iteration;
        using var reference = sources.Reference is { } clean
            ? PictureTensors.ToTensor(clean.Crop(left, top, layout.Plan.Width, layout.Plan.Height), plan.TorchDevice)
            : null;
        var result = fit.Run(
            new SolverEvents
            {
                Checkpoint = _ => Save(lane, tile, fit),
                CheckpointInterval = job.Request.CheckpointInterval,
                Notice = text => Tell(tile, text),
                Psnr = reference is null ? null : x => Job.PsnrOf(fit.Problem, x, reference),
                Progress = p => Report(tile, p, fit),
            },
            cancellation);
        using var optimised = result.Picture;
        using var delivered = fit.Problem.Deliver(optimised);
        lock (_lock)
        {
            var run = new TileRun(
                result.Counters.Iteration, result.ChosenIteration, result.StoppedBy, result.Counters.FirstEnergy, result.Counters.LastEnergy,
                result.Counters.Divergences, fit.Warning, result.Curve);
            TileFile.Write(state.Tile(tile), run, delivered);
            // Where that fails, no other lane's checkpoint may name the tile.
            int[] finished = [.. _runs.Keys.Append(tile).Order()];
            state.Save(
                identity, null, new SavedState(state.Checkpoint(lane), _progress!.Saved(tile)) { Tiles = finished, NewTile = tile }, new ScanHeader(finished, Seconds));
            _runs[tile] = run;
            _progress.Finish(tile, run.Iterations, run.Iterations - before);
        }
    }

    private void Save(int lane, int tile, Fit fit)
    {
        lock (_lock)
        {
            int[] finished = [.. _runs.Keys];
            // Where that fails, no other lane's checkpoint may count it.
            state.Save(
                identity, fit, new SavedState(state.Checkpoint(lane), _progress!.Saved(tile, fit.Iteration, fit.Iterations)) { Tiles = finished },
                new ScanHeader(finished, Seconds, tile, _progress.Scaled(fit.Iteration, fit.Iterations)));
            _progress.Save(tile, fit.Iteration, fit.Iterations);
        }
    }

    private void Report(int tile, SolverProgress p, Fit fit)
    {
        lock (_lock)
        {
            var progress = _progress!.At(tile, p, fit.Iterations, job.Time.GetElapsedTime(_started));
            _report?.Invoke(progress);
        }
    }

    private void Tell(int tile, string text)
    {
        lock (_lock)
        {
            job.Tell($"Tile {tile + 1}: {text}");
        }
    }

    // The tiles that an earlier run finished; those that are missing or damaged are made again. By lane, the tile that each had under way, and how far.
    private Dictionary<int, (int Tile, int Iterations)> Resumed()
    {
        if (!job.Request.Resume)
        {
            return [];
        }

        var recorded = state.Recorded(layout.Plan.AtOnce);
        if (recorded.Count == 0)
        {
            job.Tell(JobState.Nothing);
            return [];
        }

        var usable = recorded.Where(r => r.Value.Identity.Difference(identity) is null && r.Value.Scan is not null).Select(r => (Lane: r.Key, Scan: r.Value.Scan!)).ToArray();
        if (usable.Length == 0)
        {
            job.Tell(CheckpointIdentity.Anew(recorded.First().Value.Identity.Difference(identity) ?? "no tiles"));
            return [];
        }

        _secondsBefore = usable.Max(u => u.Scan.Seconds);
        foreach (var tile in usable.SelectMany(u => u.Scan.Finished).Distinct())
        {
            using var file = TileFile.Open(state.Tile(tile), layout.Plan, channels);
            if (file is not null)
            {
                _runs[tile] = file.Run;
            }
        }

        job.Tell(FormattableString.Invariant($"Resumed after {_runs.Count} of {layout.Plan.Count} tiles."));
        return usable.Where(u => u.Scan.Tile is { } tile && !_runs.ContainsKey(tile)).DistinctBy(u => u.Scan.Tile)
            .ToDictionary(u => u.Lane, u => (u.Scan.Tile!.Value, u.Scan.Iterations));
    }
}
