using System.Text.Json;
using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Restore;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Measuring;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Bench;

/// <summary>Restores one picture as <c>dip restore</c> does, and tells how its quality went with time; what it writes is thrown away.</summary>
internal sealed class RestorationWorker(LoadTask load, RestorePicture restore)
{
    /// <param name="asked">The picture.</param>
    /// <param name="toPsnr">dB at which it ends; <see langword="null"/> goes to the preset's own end.</param>
    /// <param name="stop">Ends it.</param>
    public TimeToQuality Run(PictureToRestore asked, double? toPsnr, CancellationToken stop)
    {
        DeviceName.Check(asked.Device);
        var plugin = load(asked.Task);
        var folder = Directory.CreateTempSubdirectory("dip-bench-").FullName;
        using var reached = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var curve = new List<QualityPoint>();
        var isTiled = false;
        try
        {
            var options = OptionResolver.Resolve(plugin.Descriptor, asked.Preset, asked.Overrides);
            var request = new RestorationRequest
            {
                PicturePath = asked.Path,
                Plugin = plugin,
                Preset = asked.Preset,
                Options = options,
                CompanionPaths = asked.Mask is { } mask ? new Dictionary<string, string> { ["mask"] = mask } : new Dictionary<string, string>(),
                ReferencePath = asked.Reference,
                OutputFolder = folder,
                Device = asked.Device,
                ProgressInterval = TimeSpan.Zero,
            };
            try
            {
                return Result(asked, toPsnr, curve, restore(request, Note, _ => { }, reached.Token));
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested && isTiled)
            {
                throw new RefusedException($"--to-psnr needs the picture as a whole, and preset '{asked.Preset}' restores this one in tiles; accepted: --set tile=off.");
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested && curve.Count > 0)
            {
                return Reached(asked, toPsnr!.Value, curve);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        void Note(RestorationProgress progress)
        {
            // A tile's is not the picture's.
            if (progress.Tiles > 1)
            {
                isTiled = true;
                if (toPsnr is not null)
                {
                    reached.Cancel();
                }
            }
            else if (progress.Psnr is { } psnr)
            {
                curve.Add(new(progress.Elapsed.TotalSeconds, progress.Iteration, psnr));
                if (psnr >= toPsnr)
                {
                    reached.Cancel();
                }
            }
        }
    }

    private static TimeToQuality Result(PictureToRestore asked, double? toPsnr, List<QualityPoint> curve, RestorationMetrics metrics) => new()
    {
        Picture = asked.Path,
        Task = asked.Task,
        Preset = asked.Preset,
        Precision = metrics.Precision,
        Seconds = metrics.Seconds,
        Iterations = metrics.Iterations,
        StoppedBy = metrics.StoppedBy,
        Psnr = metrics.Reference!.Psnr,
        Baseline = metrics.Baseline?.Name,
        BaselinePsnr = metrics.Baseline?.Psnr,
        BaselineSeconds = metrics.Baseline is { } baseline ? TimeToQuality.FirstAt(curve, baseline.Psnr) : null,
        TargetPsnr = toPsnr,
        TargetSeconds = toPsnr is { } target ? TimeToQuality.FirstAt(curve, target) : null,
        PeakMemoryBytes = metrics.PeakMemoryBytes,
        Curve = curve,
    };

    private static TimeToQuality Reached(PictureToRestore asked, double target, List<QualityPoint> curve) => new()
    {
        Picture = asked.Path,
        Task = asked.Task,
        Preset = asked.Preset,
        Seconds = curve[^1].Seconds,
        Iterations = curve[^1].Iteration,
        StoppedBy = FormattableString.Invariant($"{target:0.##} dB"),
        Psnr = curve[^1].Psnr,
        TargetPsnr = target,
        TargetSeconds = curve[^1].Seconds,
        PeakMemoryBytes = MeasuredRun.PeakMemoryBytes,
        Curve = curve,
    };
}

/// <summary>A picture, and how to restore it.</summary>
internal sealed record PictureToRestore
{
    public required string Path { get; init; }
    public required string Task { get; init; }
    public required string Preset { get; init; }

    /// <summary>The clean picture.</summary>
    public required string Reference { get; init; }

    public string? Mask { get; init; }
    public required string Device { get; init; }
    public IReadOnlyList<KeyValuePair<string, string>> Overrides { get; init; } = [];
}
