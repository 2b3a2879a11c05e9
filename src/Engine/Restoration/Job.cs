using DipPipeline.Contracts;
using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Stopping;
using DipPipeline.Engine.Tiling;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>One call of the restorer: what was asked for and where it goes, and what both of its ways, whole and in tiles, do alike.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Settings">Its options, typed.</param>
/// <param name="Device">As <see cref="Devices.Resolve"/> gives it.</param>
/// <param name="Planner">Decides on tiles, by the channels of the answer.</param>
/// <param name="Progress">Takes progress.</param>
/// <param name="Notice">Takes notices.</param>
/// <param name="Time">For speed and progress only.</param>
internal sealed record Job(
    RestorationRequest Request, SolverSettings Settings, string Device, Func<int, TilePlanner> Planner,
    Action<RestorationProgress>? Progress, Action<RestorationNotice>? Notice, TimeProvider Time)
{
    // In 0..255 units.
    private const double AssumedSigma = 5;
    private const double LittleSigma = 2;

    public OutputPaths Paths { get; } = new(Request.PicturePath, Request.OutputFolder);

    /// <summary>What, beside the job, decides whether a checkpoint can be gone on from: the kind of device, and the CPU threads.</summary>
    public (string DeviceKind, int Threads) Machine => (Device.Split(':')[0], ExecutionPlan.ThreadsOf(Settings, Request.Threads));

    /// <summary>Sums over several threads round by their number, so that it is settled before anything is computed.</summary>
    public ExecutionPlan Execution(WorkingSize size)
    {
        var plan = ExecutionPlan.For(Device, Settings, size, Request.Threads);
        Backends.UseThreads(plan.Threads);
        return plan;
    }

    /// <exception cref="RefusedException">The plugin refuses.</exception>
    public Problem Formulate(Observation observation)
    {
        try
        {
            return Request.Plugin.Formulate(observation, Request.Options);
        }
        catch (RefusedException refused)
        {
            // The plugin sees tensors, the person needs the name of the file.
            throw new RefusedException($"'{Request.PicturePath}': {refused.Message}", refused);
        }
    }

    /// <exception cref="RefusedException">The reference is of another size than the restored picture.</exception>
    public void RequireReferenceSize((int Width, int Height)? reference, int width, int height)
    {
        if (reference is { } size && size != (width, height))
        {
            throw new RefusedException($"The reference '{Request.ReferencePath}' is {size.Width}×{size.Height}; accepted: {width}×{height}, the size of the restored picture.");
        }
    }

    /// <summary>
    /// What the run goes by of the noise: σ in 0..1, as given, estimated where the problem, a rule or the objective asks for it, assumed where
    /// that cannot be, else unknown; and the settings, with another rule where the one asked for lacks it.
    /// </summary>
    /// <param name="isNoisy">Whether noise is part of the problem.</param>
    /// <param name="estimate">Estimates σ.</param>
    /// <param name="variance">Variance of the observation.</param>
    /// <param name="warnings">Takes what a person should know of it.</param>
    public (double? Sigma, SolverSettings Settings) Noise(bool isNoisy, Func<double?> estimate, Func<double> variance, List<string> warnings)
    {
        var isNeeded = isNoisy || Settings.Stopping.Kind == StoppingKind.Discrepancy || Settings.Objective.Kind == ObjectiveKind.Recorrupted;
        var sigma = Settings.Stopping.NoiseSigma ?? (isNeeded ? estimate() : null);
        if (isNoisy && sigma is { } noise && KnownLimits.MostlyNoise(noise * noise, variance()) is { } warning)
        {
            warnings.Add(warning);
        }

        sigma = Assumed(sigma, warnings);
        return (sigma, Stoppable(sigma, warnings));
    }

    /// <summary>
    /// σ for a job whose objective cannot do without: assumed where it could not be estimated; and a warning where little was found, which
    /// says nothing of noise that is alike between neighbours.
    /// </summary>
    private double? Assumed(double? sigma, List<string> warnings)
    {
        if (Settings.Objective.Kind != ObjectiveKind.Recorrupted)
        {
            return sigma;
        }

        if (sigma is null)
        {
            warnings.Add(FormattableString.Invariant($"Too few pixels lie together to estimate the noise from, so a standard deviation of {AssumedSigma} is assumed; give the noise with --set noise-sigma=… if you know it."));
            return AssumedSigma / 255;
        }

        if (sigma < LittleSigma / 255 && Settings.Stopping.NoiseSigma is null)
        {
            warnings.Add(FormattableString.Invariant($"Hardly any noise that is independent from pixel to pixel was found (a standard deviation of {255 * sigma:0.0}), so hardly anything is removed; grain, halftone and JPEG's blocks are not seen by the estimate: try --set noise-sigma=6, or 12 for more."));
        }

        return sigma;
    }

    /// <summary>The settings, with another rule where the one asked for lacks the noise that it goes by.</summary>
    private SolverSettings Stoppable(double? sigma, List<string> warnings)
    {
        if (Settings.Stopping.Kind != StoppingKind.Discrepancy || sigma is not null)
        {
            return Settings;
        }

        warnings.Add("Too few pixels lie together to estimate the noise from, so the run stops at the least moving variance instead of the noise level; give the noise with --set noise-sigma=… if you know it.");
        return Settings with { Stopping = Settings.Stopping with { Kind = StoppingKind.MovingVariance } };
    }

    public CheckpointIdentity Identity(string jobId, ExecutionPlan plan) => new(
        jobId, EngineVersion.Current, Request.Plugin.Descriptor.Version, Machine.DeviceKind, plan.PrecisionName, plan.Threads)
    {
        ParameterOrder = ParameterBuffer.Order,
        HasOwnKernels = plan.Compiler is not null,
        ReferenceSha256 = Request.ReferencePath is { } given ? Sources.Sha256(given) : null,
    };

    /// <summary>Passes on every progress that comes so long after the one before as the request says, and the last.</summary>
    public Action<RestorationProgress>? Paced()
    {
        if (Progress is null)
        {
            return null;
        }

        var last = Time.GetTimestamp() - Time.TimestampFrequency;
        return p =>
        {
            if (p.Iteration >= p.Iterations || Time.GetElapsedTime(last) >= Request.ProgressInterval)
            {
                last = Time.GetTimestamp();
                Progress(p);
            }
        };
    }

    /// <summary>The last of a job: its metrics, which are the commit mark; then nothing of its state is needed any more.</summary>
    public RestorationMetrics Finish(RestorationMetrics metrics, JobState state)
    {
        AtomicFile.Write(Paths.Metrics, System.Text.Encoding.UTF8.GetBytes(metrics.ToJson()));
        state.Remove();
        return metrics;
    }

    public void Tell(string notice) => Notice?.Invoke(new RestorationNotice(notice));

    /// <summary>What the task's classical method makes of a picture, or a part of one, where the network is shown it; on the job's device.</summary>
    /// <param name="picture">What was observed.</param>
    /// <param name="mask">[H,W], 1 known, where there is one.</param>
    /// <param name="factor">How much the answer is enlarged.</param>
    /// <param name="sigma">The noise, in 0..1; 0 where it is not known.</param>
    public torch.Tensor? Guide(Picture picture, float[]? mask, int factor, double? sigma) =>
        Settings.Objective.ShowsEstimate && Baselines.Compute(Request.Plugin.Descriptor.Baseline, picture, mask, factor, 255 * (sigma ?? 0)) is { } estimate
            ? PictureTensors.ToTensor(estimate, torch.device(Device))
            : null;

    /// <summary>PSNR of an optimised picture, once it is delivered.</summary>
    public static double PsnrOf(Problem problem, torch.Tensor x, torch.Tensor reference)
    {
        using var scope = torch.NewDisposeScope();
        return -10 * Math.Log10((problem.Deliver(x).clamp(0, 1) - reference).square().mean().item<float>());
    }

    public string Title => $"{Request.Plugin.Descriptor.Title}: {Path.GetFileName(Request.PicturePath)}";

    /// <summary>How near the task's classical method comes to the reference; <see langword="null"/> where it names none.</summary>
    /// <param name="input">The picture.</param>
    /// <param name="mask">What of it is known.</param>
    /// <param name="factor">Enlargement.</param>
    /// <param name="sigma">The noise, in 0..1.</param>
    /// <param name="reference">The clean picture.</param>
    public BaselineQuality? Baseline(Picture input, float[]? mask, int factor, double? sigma, Picture reference)
    {
        var method = Request.Plugin.Descriptor.Baseline;
        return Baselines.Compute(method, input, mask, factor, 255 * (sigma ?? 0)) is { } answer
            ? new BaselineQuality(BaselineName(method), QualityMetrics.Compare(answer, reference).Psnr)
            : null;
    }

    private static string BaselineName(Contracts.Tasks.BaselineMethod method) => method switch
    {
        Contracts.Tasks.BaselineMethod.NonLocalMeans => "non-local means",
        Contracts.Tasks.BaselineMethod.Telea => "fast-marching inpainting (Telea)",
        _ => "bicubic",
    };
}
