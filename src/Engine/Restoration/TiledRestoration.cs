using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tiling;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>
/// Restores a picture of any size in tiles: one σ of the whole picture, then for each tile a run of its own from the same seed, written to a
/// file as it is finished, and at last all blended into the result, band by band. At no time is more than the tiles under way in memory.
/// </summary>
internal sealed class TiledRestoration(Job job)
{
    private RestorationRequest Request => job.Request;

    /// <returns><see langword="null"/> for a picture that is to be restored as a whole.</returns>
    public RestorationMetrics? Restore(CancellationToken cancellation)
    {
        var outputExisted = Directory.Exists(Request.OutputFolder);
        var state = new JobState(Request, job.Paths, PictureRestorer.JobOf(Request));
        try
        {
            using var sources = new TiledSources(Request, state.Scratch());
            return Restore(sources, state, cancellation);
        }
        finally
        {
            state.RemoveEmpty(andOutput: !outputExisted);
        }
    }

    private RestorationMetrics? Restore(TiledSources sources, JobState state, CancellationToken cancellation)
    {
        var shape = AnswerShape.Of(job, sources);
        if (Layout(sources, state, shape) is not { } layout)
        {
            return null;
        }

        RequireKnown(sources, layout);
        var plan = job.Execution(WorkingSize.For(job.Settings.Network, layout.Plan.Height, layout.Plan.Width));
        var warnings = new List<string>();
        var (sigma, settings) = job.Noise(shape.IsNoisy, Noise, () => PictureVariance.Of(sources.Picture), warnings);
        var identity = job.Identity(state.JobId, plan) with { Plan = layout.Plan };
        var run = new TileScan(job with { Settings = settings }, sources, state, layout, plan, identity, sigma, shape.Channels)
        {
            GuideSigma = sigma ?? (job.Settings.Objective.ShowsEstimate ? Noise() : null),
        };
        var (finished, seconds) = run.Finish(cancellation);
        var runs = new TileRuns(finished);
        // Bands of a wide picture take their room in place of the tiles' tensors, not beside it.
        ProcessMemory.ReturnFreedMemory();
        var metrics = Write(sources, state, layout, shape, identity, plan, (runs, seconds), cancellation) with
        {
            NoiseSigma = sigma * 255,
        };
        metrics = Compared(metrics with { Warnings = [.. warnings, .. runs.Warnings] }, sources, () => sigma ?? Noise());
        return job.Finish(metrics, state);

        double? Noise() => NoiseEstimate.Sigma(sources.Picture.Width, sources.Picture.Height, (top, height) => Rows(sources, top, height));
    }

    private TileLayout? Layout(TiledSources sources, JobState state, AnswerShape shape)
    {
        var (width, height) = (shape.Factor * sources.Picture.Width, shape.Factor * sources.Picture.Height);
        job.RequireReferenceSize(sources.Reference is { } clean ? (clean.Width, clean.Height) : null, width, height);
        var grid = new TileGrid(shape.Factor, job.Settings.Network.SideMultiple);
        var planner = job.Planner(shape.Channels);
        // A run that was begun goes on as it was, on whatever machine: its bytes depend on its tiles.
        var plan = state.Begun(planner, job.Machine, width, height) is { } begun ? begun.Plan : planner.Plan(Request.PicturePath, width, height, grid);
        return plan is null ? null : new TileLayout(plan, width, height, grid);
    }

    private void RequireKnown(TiledSources sources, TileLayout layout)
    {
        if (!sources.HasMask)
        {
            return;
        }

        for (var tile = 0; tile < layout.Plan.Count; tile++)
        {
            var (left, top) = layout.Place(tile);
            if (sources.IsUnknown(left / layout.Factor, top / layout.Factor, layout.Plan.Width / layout.Factor, layout.Plan.Height / layout.Factor))
            {
                throw new RefusedException($"'{Request.PicturePath}' has a hole as large as a tile, {layout.Plan.Width}×{layout.Plan.Height} from ({left}, {top}), of which nothing is known; accepted: larger tiles (--set tile=…), or a smaller hole.");
            }
        }
    }

    // Some rows of the picture, and what the task calls known of them.
    private (torch.Tensor, torch.Tensor?) Rows(TiledSources sources, int top, int height)
    {
        using var observation = sources.Observe(0, top, sources.Picture.Width, height, torch.CPU);
        if (!sources.HasMask)
        {
            return (observation.Picture.alias(), null);
        }

        using var problem = job.Formulate(observation);
        return (observation.Picture.alias(), problem.Known?.alias());
    }

    private RestorationMetrics Write(
        TiledSources sources, JobState state, TileLayout layout, AnswerShape shape, CheckpointIdentity identity, ExecutionPlan plan, (TileRuns Tiles, double Seconds) scan,
        CancellationToken cancellation)
    {
        var (source, runs) = (sources.Picture, scan.Tiles);
        var blend = new TileBlend(layout, shape.Channels, source.BitDepth, tile => TileFile.Open(state.Tile(tile), layout.Plan, shape.Channels)
            ?? throw new IOException($"The finished tile '{state.Tile(tile)}' is damaged."));
        var after = new PictureShrinker(layout.Width, layout.Height, shape.Channels, sources.HasOutputAlpha, PreviewImage.LongestSide);
        var kind = new PngKind(layout.Width, layout.Height, shape.Channels, sources.HasOutputAlpha, source.BitDepth, source.Metadata);
        Directory.CreateDirectory(job.Paths.Folder);
        AtomicFile.Write(job.Paths.Picture, stream => PngEncoder.Encode(stream, kind, WithAlpha(blend, sources, layout, cancellation).Select(band =>
        {
            after.Add(band);
            return band;
        })));
        var curve = runs.Curve();
        CurvePlot.Write(job.Paths.Curve, curve, runs.ChosenIteration / layout.Plan.Count, $"{job.Title} (mean of {layout.Plan.Count} tiles)");
        PreviewImage.Write(job.Paths.Preview, Shrunk(source, layout.Factor), after.Result());
        return new RunFigures(
            runs.Iterations, runs.ChosenIteration, scan.Seconds, runs.StoppedBy, EnergyRange.Of(runs.FirstEnergy, runs.LastEnergy, curve), runs.Divergences).Metrics(
            Request, identity, plan,
            new PictureReference(Request.PicturePath, Sources.Sha256(Request.PicturePath), source.Width, source.Height, source.Channels + (source.HasAlpha ? 1 : 0), source.BitDepth),
            new PictureReference(job.Paths.Picture, Sources.Sha256(job.Paths.Picture), kind.Width, kind.Height, kind.Channels + (kind.HasAlpha ? 1 : 0), kind.BitDepth));
    }

    private static IEnumerable<Picture> WithAlpha(TileBlend blend, TiledSources sources, TileLayout layout, CancellationToken cancellation)
    {
        var top = 0;
        foreach (var band in blend.Bands())
        {
            cancellation.ThrowIfCancellationRequested();
            yield return sources.HasOutputAlpha
                ? new Picture(band.Width, band.Height, band.Channels, band.BitDepth, band.Samples, AlphaBand.Of(sources.Picture, layout.Factor, top, band.Height))
                : band;
            top += band.Height;
        }
    }

    private static Picture Shrunk(RawPicture picture, int factor)
    {
        // As much smaller than the result as the picture is.
        var shrinker = new PictureShrinker(picture.Width, picture.Height, picture.Channels, picture.HasAlpha, Math.Max(1, PreviewImage.LongestSide / factor));
        for (var top = 0; top < picture.Height; top += TileBlend.BandHeight)
        {
            shrinker.Add(picture.Crop(0, top, picture.Width, Math.Min(TileBlend.BandHeight, picture.Height - top)));
        }

        return shrinker.Result();
    }

    // Of the file as written, as for a whole picture.
    private RestorationMetrics Compared(RestorationMetrics metrics, TiledSources sources, Func<double?> sigma)
    {
        if (sources.Reference is not { } reference)
        {
            return metrics;
        }

        using var result = sources.Decode(job.Paths.Picture, long.MaxValue, "result");
        metrics = metrics with { Reference = BandedQuality.Compare(result, reference) };
        if (Request.Plugin.Descriptor.Baseline == Contracts.Tasks.BaselineMethod.None)
        {
            return metrics;
        }

        // The classical method needs the picture as a whole.
        if ((long)result.Width * result.Height > Request.MostPixelsAtOnce)
        {
            return metrics with { Warnings = [.. metrics.Warnings, "The classical method was not computed for comparison: it needs the picture as a whole, and this one is too large for that."] };
        }

        var (input, mask) = sources.Whole();
        return metrics with { Baseline = job.Baseline(input, mask, result.Width / input.Width, sigma(), reference.Crop(0, 0, reference.Width, reference.Height)) };
    }
}
