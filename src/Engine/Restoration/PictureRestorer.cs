using DipPipeline.Contracts;
using DipPipeline.Contracts.Jobs;
using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Stopping;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>
/// Restores one picture file: reads and checks it, has the plugin formulate the problem, optimises, and writes
/// <c>photo.png</c> (for any other source the whole name is kept: <c>photo.jpg.png</c>), <c>photo.curve.png</c>,
/// <c>photo.preview.jpg</c> and last, as the commit mark, <c>photo.json</c>. Synchronous, on the caller's thread.
/// </summary>
public sealed class PictureRestorer(TimeProvider time)
{
    /// <exception cref="RefusedException">Bad input; nothing was written.</exception>
    /// <exception cref="DivergedException">The optimisation broke down for good.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint was written if any iteration was done.</exception>
    public RestorationMetrics Restore(
        RestorationRequest request,
        Action<RestorationProgress>? progress = null,
        Action<RestorationNotice>? notice = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ProcessMemory.KeepFreedMemory();
        Backends.Prepare();
        var settings = SolverSettings.From(request.Options);
        var device = Devices.Resolve(request.Device);
        var sources = Sources.Read(request);
        using var observation = sources.Observe(torch.device(device));
        using var problem = Formulate(request, observation);
        RequireReferenceSize(request, sources, problem);
        var size = WorkingSize.For(settings.Network, problem.Height, problem.Width);
        var plan = ExecutionPlan.For(device, settings, size, request.Threads);
        RequireMemory(request, settings, plan, problem, size, factor: problem.Width / sources.Picture.Width);

        // Before anything is computed: sums over several threads round by their number, and the estimate decides where the run stops.
        Backends.UseThreads(plan.Threads);
        var sigma = Sigma(settings.Stopping, problem, observation);
        var warnings = Warnings(settings, problem, observation, sigma);
        if (settings.Stopping.Kind == StoppingKind.Discrepancy && sigma is null)
        {
            settings = settings with { Stopping = settings.Stopping with { Kind = StoppingKind.MovingVariance } };
            warnings.Add("Too few pixels lie together to estimate the noise from, so the run stops at the least moving variance instead of the noise level; give the noise with --set noise-sigma=… if you know it.");
        }

        var identity = new CheckpointIdentity(
            JobOf(request, sources.PictureSha256, sources.CompanionSha256), EngineVersion.Current, request.Plugin.Descriptor.Version, plan.Device.Split(':')[0], plan.PrecisionName, plan.Threads)
        {
            ReferenceSha256 = request.ReferencePath is { } given ? Sources.Sha256(given) : null,
        };
        var paths = new OutputPaths(request.PicturePath, request.OutputFolder);
        using var estimate = Estimate(request, settings, sources, problem, sigma, plan.TorchDevice);
        using var solver = new Solver(problem, new Seen(observation.Picture, estimate), settings, plan, request.Seed, sigma, time);
        var state = new JobState(request, paths, identity);
        if (request.Resume)
        {
            notice?.Invoke(new RestorationNotice(state.Resume(solver)));
        }

        using var reference = sources.Reference is { } clean ? PictureTensors.ToTensor(clean, plan.TorchDevice) : null;
        var lastReport = time.GetTimestamp() - time.TimestampFrequency;
        var result = solver.Run(
            new SolverEvents
            {
                Checkpoint = state.Save,
                CheckpointInterval = request.CheckpointInterval,
                Notice = text => notice?.Invoke(new RestorationNotice(text)),
                Psnr = reference is null ? null : x => PsnrOf(problem, x, reference),
                Progress = p => Report(p),
            },
            cancellation);
        using var optimised = result.Picture;
        var metrics = Write(request, sources, paths, problem, plan, result, warnings, sigma, identity.JobId);
        state.Remove();
        return metrics;

        void Report(SolverProgress p)
        {
            if (progress is null || (time.GetElapsedTime(lastReport) < request.ProgressInterval && p.Point.Iteration < settings.Iterations))
            {
                return;
            }

            lastReport = time.GetTimestamp();
            var speed = p.Done / Math.Max(1e-9, p.Elapsed.TotalSeconds);
            var remaining = TimeSpan.FromSeconds((settings.Iterations - p.Point.Iteration) / speed);
            progress(new RestorationProgress(p.Point.Iteration, settings.Iterations, speed, remaining, p.Point.Energy, p.Point.Psnr) { Elapsed = p.Elapsed });
        }
    }

    /// <summary>The id of the job that <paramref name="request"/> asks for; reads its files, decodes nothing.</summary>
    public static string JobOf(RestorationRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        return JobOf(request, Sources.Sha256(request.PicturePath), request.CompanionPaths.Select(c => KeyValuePair.Create(c.Key, Sources.Sha256(c.Value))));
    }

    private static string JobOf(RestorationRequest request, string pictureSha256, IEnumerable<KeyValuePair<string, string>> companions) => JobId.Derive(
        pictureSha256, companions, request.Plugin.Descriptor.Id, request.Plugin.Descriptor.Version, request.Options, request.Seed);

    private static Problem Formulate(RestorationRequest request, Observation observation)
    {
        try
        {
            return request.Plugin.Formulate(observation, request.Options);
        }
        catch (RefusedException refused)
        {
            // The plugin sees tensors, the person needs the name of the file.
            throw new RefusedException($"'{request.PicturePath}': {refused.Message}", refused);
        }
    }

    private static void RequireReferenceSize(RestorationRequest request, Sources sources, Problem problem)
    {
        if (sources.Reference is { } reference && (reference.Width, reference.Height) != (problem.Width, problem.Height))
        {
            throw new RefusedException($"The reference '{request.ReferencePath}' is {reference.Width}×{reference.Height}; accepted: {problem.Width}×{problem.Height}, the size of the restored picture.");
        }
    }

    private static void RequireMemory(RestorationRequest request, SolverSettings settings, ExecutionPlan plan, Problem problem, WorkingSize size, int factor)
    {
        if (plan.Device != "cpu")
        {
            return;
        }

        var estimate = new MemoryEstimate(
            settings.Network, settings.InputChannelsAt(size.Height, size.Width, problem.Channels), problem.Channels,
            ElementBytes: plan.Precision == Precision.BFloat16 ? 2 : 4)
        {
            // The windowed rule keeps its pictures, and the snapshot keeps them again.
            KeptPictures = settings.Stopping.Kind == StoppingKind.WindowedVariance ? 2 * settings.Stopping.VarianceWindow : 0,
            Fragmentation = ProcessMemory.HasHugePages ? 1 : 1.6,
        };
        var needed = estimate.Bytes(size.Height, size.Width);
        var free = request.FreeMemoryBytes ?? FreeMemory.Bytes();
        if (needed > free)
        {
            var side = estimate.LargestSide(free) / factor;
            var fits = side > 0 ? $"a square picture of up to {side}×{side} would fit, or" : "no picture would fit; free some, or take";
            throw new RefusedException(FormattableString.Invariant(
                $"Restoring '{request.PicturePath}' at {problem.Width}×{problem.Height} would need about {needed / 1e9:0.0} GB of memory and {free / 1e9:0.0} GB are free; {fits} a narrower network (--preset fast, --set channels-down=…)."));
        }
    }

    // What the task's classical method makes of the observation, where the network is shown it.
    private static torch.Tensor? Estimate(RestorationRequest request, SolverSettings settings, Sources sources, Problem problem, double? sigma, torch.Device device)
    {
        if (settings.Objective.Guide != GuideKind.Estimate)
        {
            return null;
        }

        var factor = problem.Width / sources.Picture.Width;
        var estimate = Baselines.Compute(request.Plugin.Descriptor.Baseline, sources.Picture, sources.Mask, factor, 255 * (sigma ?? NoiseOf(sources) ?? 0));
        return estimate is null ? null : PictureTensors.ToTensor(estimate, device);
    }

    // Given, estimated where noise is part of the problem or a rule asks for it, else unknown. In 0..1.
    private static double? Sigma(StoppingSettings stopping, Problem problem, Observation observation) => stopping.NoiseSigma
        ?? (problem.ObservationIsNoisy || stopping.Kind == StoppingKind.Discrepancy ? NoiseEstimate.Sigma(observation.Picture, problem.Known) : null);

    private static List<string> Warnings(SolverSettings settings, Problem problem, Observation observation, double? sigma)
    {
        using var scope = torch.NewDisposeScope();
        var warnings = new List<string?>();
        if (problem.Known is { } known)
        {
            var plane = known.cpu().contiguous().data<float>().ToArray();
            warnings.Add(KnownLimits.WideHole(plane, problem.Width, problem.Height, settings.Network));
        }

        if (problem.ObservationIsNoisy && sigma is { } noise)
        {
            var variance = observation.Picture.var([2, 3], unbiased: false).mean().item<float>();
            warnings.Add(KnownLimits.MostlyNoise(noise * noise, variance));
        }

        return [.. warnings.OfType<string>()];
    }

    private static double PsnrOf(Problem problem, torch.Tensor x, torch.Tensor reference)
    {
        using var scope = torch.NewDisposeScope();
        return -10 * Math.Log10((problem.Deliver(x).clamp(0, 1) - reference).square().mean().item<float>());
    }

    private static RestorationMetrics Write(
        RestorationRequest request, Sources sources, OutputPaths paths, Problem problem, ExecutionPlan plan, SolverResult result,
        IReadOnlyList<string> warnings, double? sigma, string jobId)
    {
        using var delivered = problem.Deliver(result.Picture);
        var restored = PictureTensors.ToPicture(delivered, sources.Picture, sources.OutputAlpha(problem.Width, problem.Height));
        Directory.CreateDirectory(paths.Folder);
        PictureWriter.WritePng(restored, paths.Picture);
        CurvePlot.Write(paths.Curve, result.Curve, result.ChosenIteration, $"{request.Plugin.Descriptor.Title}: {Path.GetFileName(request.PicturePath)}");
        PreviewImage.Write(paths.Preview, sources.Picture, restored);
        var descriptor = request.Plugin.Descriptor;
        var metrics = new RestorationMetrics
        {
            JobId = jobId,
            Task = descriptor.Id,
            Plugin = new PluginReference(request.Plugin.GetType().Assembly.GetName().Name!, descriptor.Version),
            EngineVersion = EngineVersion.Current,
            Preset = request.Preset,
            Options = request.Options.Values.ToDictionary(o => o.Key, o => o.Value),
            Seed = request.Seed,
            Device = plan.Device,
            Precision = plan.PrecisionName,
            Threads = plan.Threads,
            Input = Reference(request.PicturePath, sources.PictureSha256, sources.Picture),
            Output = Reference(paths.Picture, Sources.Sha256(paths.Picture), restored),
            Iterations = result.Counters.Iteration,
            ChosenIteration = result.ChosenIteration,
            IterationsPerSecond = result.Counters.Iteration / Math.Max(1e-9, result.Counters.Seconds),
            Seconds = result.Counters.Seconds,
            StoppedBy = result.StoppedBy,
            Energy = EnergyRange.Of(result.Counters.FirstEnergy, result.Counters.LastEnergy, result.Curve),
            NoiseSigma = sigma * 255,
            Warnings = warnings,
            Divergences = result.Counters.Divergences,
            Generation = 0,
            PeakMemoryBytes = ProcessMemory.PeakBytes(),
        };
        metrics = sources.Reference is { } reference ? Compared(metrics, request, sources, paths, reference, sigma) : metrics;
        AtomicFile.Write(paths.Metrics, System.Text.Encoding.UTF8.GetBytes(metrics.ToJson()));
        return metrics;
    }

    // Quality of the file as written, so that the figure is of what a person opens.
    private static RestorationMetrics Compared(
        RestorationMetrics metrics, RestorationRequest request, Sources sources, OutputPaths paths, Picture reference, double? sigma)
    {
        var method = request.Plugin.Descriptor.Baseline;
        var factor = metrics.Output.Width / metrics.Input.Width;
        var baseline = Baselines.Compute(method, sources.Picture, sources.Mask, factor, 255 * (sigma ?? NoiseOf(sources) ?? 0));
        return metrics with
        {
            Reference = QualityMetrics.Compare(PictureReader.Read(paths.Picture, request.MaximumPixels * factor * factor), reference),
            Baseline = baseline is null ? null : new BaselineQuality(BaselineName(method), QualityMetrics.Compare(baseline, reference).Psnr),
        };
    }

    private static double? NoiseOf(Sources sources)
    {
        using var picture = PictureTensors.ToTensor(sources.Picture, torch.CPU);
        return NoiseEstimate.Sigma(picture);
    }

    private static string BaselineName(Contracts.Tasks.BaselineMethod method) => method switch
    {
        Contracts.Tasks.BaselineMethod.NonLocalMeans => "non-local means",
        Contracts.Tasks.BaselineMethod.Telea => "fast-marching inpainting (Telea)",
        _ => "bicubic",
    };

    private static PictureReference Reference(string path, string sha256, Picture picture) =>
        new(path, sha256, picture.Width, picture.Height, picture.Channels + (picture.Alpha is null ? 0 : 1), picture.BitDepth);
}
