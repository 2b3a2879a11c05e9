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

/// <summary>Restores a picture that fits into memory as a whole.</summary>
internal sealed class WholeRestoration(Job job)
{
    private RestorationRequest Request => job.Request;

    /// <returns><see langword="null"/> for a picture that is to be done in tiles.</returns>
    public RestorationMetrics? Restore(CancellationToken cancellation)
    {
        var sources = Sources.Read(Request);
        // Sums round by the number of threads, in a plugin's, too.
        Backends.UseThreads(job.Machine.Threads);
        using var observation = sources.Observe(torch.device(job.Device));
        using var problem = job.Formulate(observation);
        job.RequireReferenceSize(sources.Reference is { } clean ? (clean.Width, clean.Height) : null, problem.Width, problem.Height);
        var jobId = PictureRestorer.JobOf(Request, sources.PictureSha256, sources.CompanionSha256);
        var state = new JobState(Request, job.Paths, jobId);
        var planner = job.Planner(problem.Channels);
        // A run that was begun goes on as it was.
        var begun = state.Begun(planner, job.Machine, problem.Width, problem.Height);
        if (begun is null ? IsTiled(planner, sources, problem) : begun.Plan is not null)
        {
            return null;
        }

        var plan = job.Execution(WorkingSize.For(job.Settings.Network, problem.Height, problem.Width));
        var warnings = new List<string>();
        double? Estimate() => NoiseEstimate.Sigma(observation.Picture, problem.Known);
        var (sigma, settings) = job.Noise(problem.ObservationIsNoisy, Estimate, () => Variance(observation.Picture), warnings);
        using var guide = job.Guide(sources.Picture, sources.Mask, problem.Width / sources.Picture.Width, sigma ?? (job.Settings.Objective.ShowsEstimate ? Estimate() : null));
        using var fit = new WholeFit(
            job with { Settings = settings }, state, observation, problem, guide, plan, job.Identity(jobId, plan), sigma,
            () => begun?.NetworksAtOnce ?? planner.NetworksAtOnce(Request.PicturePath, settings.Ensemble, settings.NetworksAtOnce, problem.Width, problem.Height));
        using var reference = sources.Reference is { } truth ? PictureTensors.ToTensor(truth, plan.TorchDevice) : null;
        var result = fit.Run(reference, cancellation);
        using var optimised = result.Picture;
        var metrics = Write(sources, fit.Problem, plan, result, fit.Identity) with { Warnings = fit.Warning is null ? warnings : [fit.Warning, .. warnings], NoiseSigma = sigma * 255 };
        metrics = sources.Reference is { } compared ? Compared(metrics, sources, compared, sigma) : metrics;
        return job.Finish(metrics, state);
    }

    private bool IsTiled(TilePlanner planner, Sources sources, Problem problem) => planner.Plan(
        Request.PicturePath, problem.Width, problem.Height,
        new TileGrid(Math.Max(1, problem.Width / sources.Picture.Width), job.Settings.Network.SideMultiple)) is not null;

    private static double Variance(torch.Tensor picture)
    {
        using var scope = torch.NewDisposeScope();
        return picture.var([2, 3], unbiased: false).mean().item<float>();
    }

    private RestorationMetrics Write(Sources sources, Problem problem, ExecutionPlan plan, SolverResult result, CheckpointIdentity identity)
    {
        using var delivered = problem.Deliver(result.Picture);
        var restored = PictureTensors.ToPicture(delivered, sources.Picture, sources.OutputAlpha(problem.Width, problem.Height));
        Directory.CreateDirectory(job.Paths.Folder);
        PictureWriter.WritePng(restored, job.Paths.Picture);
        CurvePlot.Write(job.Paths.Curve, result.Curve, result.ChosenIteration, job.Title);
        PreviewImage.Write(job.Paths.Preview, sources.Picture, restored);
        var counters = result.Counters;
        return new RunFigures(
            counters.Iteration, result.ChosenIteration, counters.Seconds, result.StoppedBy,
            EnergyRange.Of(counters.FirstEnergy, counters.LastEnergy, result.Curve), counters.Divergences).Metrics(
            Request, identity, plan,
            Reference(Request.PicturePath, sources.PictureSha256, sources.Picture),
            Reference(job.Paths.Picture, Sources.Sha256(job.Paths.Picture), restored));
    }

    // Quality of the file as written, so that the figure is of what a person opens.
    private RestorationMetrics Compared(RestorationMetrics metrics, Sources sources, Picture reference, double? sigma)
    {
        var factor = metrics.Output.Width / metrics.Input.Width;
        return metrics with
        {
            Reference = QualityMetrics.Compare(PictureReader.Read(job.Paths.Picture, Request.MaximumPixels * factor * factor), reference),
            Baseline = job.Baseline(sources.Picture, sources.Mask, factor, sigma ?? NoiseOf(sources), reference),
        };
    }

    private static double? NoiseOf(Sources sources)
    {
        using var picture = PictureTensors.ToTensor(sources.Picture, torch.CPU);
        return NoiseEstimate.Sigma(picture);
    }

    private static PictureReference Reference(string path, string sha256, Picture picture) =>
        new(path, sha256, picture.Width, picture.Height, picture.Channels + (picture.Alpha is null ? 0 : 1), picture.BitDepth);
}
