using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tiling;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>Optimises the tiles of a picture one after another, from wherever an earlier run left off.</summary>
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
    /// <summary>The noise by which the classical method makes a guide, in 0..1, where the network is shown one.</summary>
    public double? GuideSigma { get; init; }

    /// <summary>Works until every tile is finished.</summary>
    /// <returns>How each tile's run went.</returns>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was written first.</exception>
    public IReadOnlyList<TileRun> Finish(CancellationToken cancellation)
    {
        var runs = Finished(out var isUnderWay);
        if (runs.Count == 0)
        {
            state.RemoveTiles();
        }

        var progress = new TileProgress(layout.Plan.Count, job.Settings.Iterations, runs.Select(r => r.Iterations));
        var report = job.Paced();
        while (runs.Count < layout.Plan.Count)
        {
            cancellation.ThrowIfCancellationRequested();
            var tile = runs.Count;
            var started = job.Time.GetTimestamp();
            var (run, done) = Optimise(tile, isUnderWay, progress, report, cancellation);
            isUnderWay = false;
            runs.Add(run);
            progress.Finish(run.Iterations, done, job.Time.GetElapsedTime(started));
            state.Save(identity, null, new SavedState(progress.Position(), runs.Count, state.Tile(tile)));
        }

        return runs;
    }

    private (TileRun Run, int Done) Optimise(int tile, bool isUnderWay, TileProgress progress, Action<RestorationProgress>? report, CancellationToken cancellation)
    {
        var (left, top) = layout.Place(tile);
        var factor = layout.Factor;
        using var observation = sources.Observe(left / factor, top / factor, layout.Plan.Width / factor, layout.Plan.Height / factor, plan.TorchDevice);
        using var problem = job.Formulate(observation);
        using var guide = sources.Guide(job, left / factor, top / factor, layout.Plan.Width / factor, layout.Plan.Height / factor, factor, GuideSigma);
        using var fit = new Fit(job, observation, problem, guide, plan, sigma, left, top);
        if (isUnderWay)
        {
            job.Tell(state.Resume(identity, fit));
        }

        var before = fit.Iteration;
        using var reference = sources.Reference is { } clean
            ? PictureTensors.ToTensor(clean.Crop(left, top, layout.Plan.Width, layout.Plan.Height), plan.TorchDevice)
            : null;
        var result = fit.Run(
            new SolverEvents
            {
                Checkpoint = _ => state.Save(identity, fit, new SavedState(progress.Position(fit.Iteration, fit.Iterations), tile)),
                CheckpointInterval = job.Request.CheckpointInterval,
                Notice = text => job.Tell($"Tile {tile + 1}: {text}"),
                Psnr = reference is null ? null : x => Job.PsnrOf(fit.Problem, x, reference),
                Progress = p => report?.Invoke(progress.At(p, fit.Iterations)),
            },
            cancellation);
        using var optimised = result.Picture;
        using var delivered = fit.Problem.Deliver(optimised);
        var run = new TileRun(
            result.Counters.Iteration, result.ChosenIteration, result.Counters.Seconds, result.StoppedBy, result.Counters.FirstEnergy,
            result.Counters.LastEnergy, result.Counters.Divergences, fit.Warning, result.Curve);
        TileFile.Write(state.Tile(tile), run, delivered);
        return (run, result.Counters.Iteration - before);
    }

    // The tiles that an earlier run finished; those after one that is missing or damaged are made again.
    private List<TileRun> Finished(out bool isUnderWay)
    {
        isUnderWay = false;
        List<TileRun> runs = [];
        if (!job.Request.Resume)
        {
            return runs;
        }

        if (state.Recorded is not { } recorded)
        {
            job.Tell(JobState.Nothing);
            return runs;
        }

        if (recorded.Identity.Difference(identity) is { } difference)
        {
            job.Tell(CheckpointIdentity.Anew(difference));
            return runs;
        }

        while (runs.Count < recorded.Tiles && TileFile.Open(state.Tile(runs.Count), layout.Plan, channels) is { } file)
        {
            using (file)
            {
                runs.Add(file.Run);
            }
        }

        isUnderWay = recorded.Current is not null && runs.Count == recorded.Tiles;
        if (!isUnderWay)
        {
            job.Tell(FormattableString.Invariant($"Resumed after {runs.Count} of {layout.Plan.Count} tiles."));
        }

        return runs;
    }
}
