using System.Diagnostics;
using DipPipeline.Contracts.Options;
using DipPipeline.Energy;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Measuring;

/// <summary>
/// A task's optimisation, iteration by iteration, for measuring: input, forward, backward, the optimiser and averages, without the checks that a
/// real run makes every tenth iteration. Use from one thread.
/// </summary>
public sealed class MeasuredRun : IDisposable
{
    // More than are done before an iteration is recorded.
    private const int WarmUp = 8;

    private readonly Observation _observation;
    private readonly Problem _problem;

    private bool _hasIterated;

    /// <summary>Of noise: the time of an iteration does not depend on what the picture shows.</summary>
    /// <param name="plugin">The task; one that needs no companion.</param>
    /// <param name="options">Its options, which decide network and input.</param>
    /// <param name="size">Side of the square colour picture, pixels.</param>
    /// <param name="device"><c>auto</c>, <c>cpu</c> or <c>cuda:0</c>.</param>
    /// <exception cref="Contracts.RefusedException">The device is absent.</exception>
    public MeasuredRun(TaskPlugin plugin, OptionSet options, int size, string device)
        : this(plugin, options, device, target => rand([1, 3, size, size], generator: new Generator(0, CPU)).to(target))
    {
    }

    /// <param name="plugin">The task.</param>
    /// <param name="options">Its options.</param>
    /// <param name="device">As above.</param>
    /// <param name="picture">Makes the observed picture, [1,C,H,W] in 0..1, on the device.</param>
    internal MeasuredRun(TaskPlugin plugin, OptionSet options, string device, Func<Device, Tensor> picture)
    {
        ArgumentNullException.ThrowIfNull(plugin);
        ProcessMemory.KeepFreedMemory();
        Backends.Prepare();
        var settings = SolverSettings.From(options);
        var resolved = Devices.Resolve(device);
        _observation = new Observation { Picture = picture(torch.device(resolved)) };
        _problem = plugin.Formulate(_observation, options);
        var size = WorkingSize.For(settings.Network, _problem.Height, _problem.Width);
        Plan = ExecutionPlan.For(resolved, settings, size);
        PreferredPrecision = ExecutionPlan.For(resolved, settings with { Precision = Precision.Auto }, size).PrecisionName;
        Solver = new Solver(
            _problem, new Seen(_observation.Picture, _observation.Picture), settings, Plan, seed: 0, noiseSigma: settings.Stopping.NoiseSigma ?? 0, TimeProvider.System);
    }

    /// <summary>Where and how it computes.</summary>
    public ExecutionPlan Plan { get; }

    /// <summary>What <c>precision=auto</c> computes in here: <c>float32</c> or <c>bfloat16</c>.</summary>
    public string PreferredPrecision { get; }

    /// <summary>The most memory that this process has held so far, bytes; not that of a GPU.</summary>
    public static long PeakMemoryBytes => ProcessMemory.PeakBytes();

    internal Solver Solver { get; }

    /// <summary>The time of so many iterations; the device has done all it was given whenever the clock is read.</summary>
    public TimeSpan Iterate(int count)
    {
        _hasIterated = true;
        DeviceClock.Wait(Plan.Device);
        var started = Stopwatch.GetTimestamp();
        Solver.Iterate(count);
        DeviceClock.Wait(Plan.Device);
        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>So many iterations under the clock of <see cref="OperationClock"/>.</summary>
    /// <exception cref="Contracts.RefusedException">This platform cannot be profiled.</exception>
    public OperationProfile Profile(int count)
    {
        Solver.IsReplayed = false;
        using var clock = new OperationClock(Plan.Device);
        var total = TimeSpan.Zero;
        for (var i = 0; i < count; i++)
        {
            clock.BeginIteration();
            total += Iterate(1);
        }

        Solver.IsReplayed = true;
        return new OperationProfile(total.TotalSeconds / count, count, clock.Operations(count));
    }

    /// <summary>The kernels that an iteration starts on the GPU, the longest first; to be asked before anything else is.</summary>
    /// <param name="count">Iterations, after the first few, which are not counted.</param>
    /// <returns><see langword="null"/> on a CPU, and where NVIDIA's CUPTI is missing or may not be used.</returns>
    /// <exception cref="InvalidOperationException">Iterations have been done: what was recorded before the trace began would not be seen, and may crash it.</exception>
    public IReadOnlyList<KernelTime>? Kernels(int count)
    {
        if (_hasIterated)
        {
            throw new InvalidOperationException("Kernels can be traced before the first iteration only.");
        }

        using var trace = Plan.Device == "cpu" ? null : KernelTrace.Begin();
        if (trace is null)
        {
            return null;
        }

        Iterate(WarmUp);
        KernelTrace.Clear();
        Iterate(count);
        return KernelTrace.PerIteration(count);
    }

    public void Dispose()
    {
        Solver.Dispose();
        _problem.Dispose();
        _observation.Dispose();
    }
}
