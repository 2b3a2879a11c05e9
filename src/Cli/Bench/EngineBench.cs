using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using DipPipeline.Engine.Measuring;
using DipPipeline.Engine.Optimisation;
using DipPipeline.PluginHost;

namespace DipPipeline.Cli.Bench;

/// <summary>
/// Carries out one call of <c>dip bench engine</c>. Every measurement is made by a process of its own; the engines of one network and size,
/// ours in each precision and the others, are timed in turn.
/// </summary>
internal sealed class EngineBench(PluginCatalogue tasks, OwnProgram program, Terminal terminal, TimeProvider time)
{
    public const string Float32 = "float32";
    public const string BFloat16 = "bfloat16";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private readonly List<IterationTime> _networks = [];
    private readonly List<Comparison> _comparisons = [];
    private readonly List<TimeToQuality> _quality = [];
    private readonly List<KernelCount> _kernels = [];
    private readonly List<NetworkProfile> _profiles = [];
    private readonly List<string> _notes = [];

    /// <exception cref="RefusedException">What was asked for cannot be measured here; nothing was.</exception>
    public EngineReport Run(EngineBenchSettings settings, CancellationToken stop)
    {
        var device = DeviceProbe.Resolve(DeviceName.Check(settings.Device));
        var presets = PresetsOf(EngineBenchSettings.Task);
        var networks = settings.Networks ?? presets;
        Require("--networks", networks, presets);
        var pytorch = settings.Against.Count > 0 ? PyTorch.Find(settings.Python, device) : null;
        var pictures = Pictures(settings, device);
        foreach (var network in networks)
        {
            foreach (var size in settings.SizesOf(network))
            {
                Race(settings, network, size, device, pytorch, stop);
            }
        }

        foreach (var (network, size, precision) in _networks.Where(n => n.Engine == DipCommand.Name).Select(n => (n.Network, n.Size, n.Precision)).ToArray())
        {
            if (settings.Profile)
            {
                Profile(Iterations(settings, network, size, precision, device), network, size, precision, stop);
            }

            if (device != "cpu")
            {
                CountKernels(Iterations(settings, network, size, precision, device), network, size, precision, stop);
            }
        }

        foreach (var picture in pictures)
        {
            Say($"{Path.GetFileName(picture.Path)}, {picture.Preset}");
            using var worker = new EngineProcess(DipCommand.Name, Restoration(picture, settings.ToPsnr), stop);
            _quality.Add(worker.Ask("restore").Deserialize<TimeToQuality>(s_json)!);
        }

        return new EngineReport
        {
            Measured = time.GetUtcNow(),
            Version = typeof(EngineBench).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion,
            Machine = Machine.This(),
            Device = device,
            Networks = _networks,
            Comparisons = _comparisons,
            Quality = _quality,
            Kernels = _kernels,
            Profiles = _profiles,
            Notes = [.. _notes.Distinct()],
        };
    }

    // All engines of one network and size, alive together and timed in turn.
    private void Race(EngineBenchSettings settings, string network, int size, string device, PyTorch? pytorch, CancellationToken stop)
    {
        var engines = new List<EngineProcess>();
        try
        {
            engines.AddRange(settings.Precisions.DefaultIfEmpty(Float32).Select(Ours));
            var about = engines[0].Ask("about");
            if (settings.Precisions.Count == 0 && (string?)about["preferredPrecision"] == BFloat16)
            {
                engines.Add(Ours(BFloat16));
            }
            else if (settings.Precisions.Count == 0)
            {
                _notes.Add("bfloat16 was left out where this device does not compute it faster; --precision bfloat16 measures it all the same.");
            }

            var own = engines.Count;
            if (pytorch is not null && network == PyTorch.Network && settings.Overrides.Count == 0)
            {
                engines.AddRange(settings.Against.Select(o => new EngineProcess(o.Name, pytorch.Start(o, size, (int)about["threads"]!, device), stop)));
            }
            else if (pytorch is not null)
            {
                _notes.Add($"PyTorch was timed with the network of '{PyTorch.Network}' as published only: bench/pytorch has no other.");
            }

            var laps = Alternation.Measure(engines, device, settings.Rounds, settings.Iterations, round =>
                Say(FormattableString.Invariant($"{network} {size}x{size}, round {round} of {settings.Rounds}")));
            var rows = engines.Select((engine, i) => Row(engine, network, size, device, laps, i)).ToArray();
            _networks.AddRange(rows);
            _comparisons.AddRange(
                from ours in Enumerable.Range(0, own)
                from theirs in Enumerable.Range(own, engines.Count - own)
                select Compare(rows[ours], rows[theirs], laps.Seconds[ours], laps.Seconds[theirs]));
        }
        finally
        {
            engines.ForEach(engine => engine.Dispose());
        }

        EngineProcess Ours(string precision) => new(DipCommand.Name, Iterations(settings, network, size, precision, device), stop);
    }

    private static IterationTime Row(EngineProcess engine, string network, int size, string device, Laps laps, int index)
    {
        var about = engine.Ask("about");
        var precision = (string)about["precision"]!;
        return new IterationTime(
            network, size, engine.Name, (string)about["engine"]!, precision, (string?)about["preferredPrecision"] == precision, (int)about["threads"]!,
            laps.Seconds[index].Length, laps.Iterations, Spread.Of(laps.Seconds[index]), (long)engine.Ask("memory")["peakMemoryBytes"]!,
            device == "cpu" ? null : DriverMemory.Bytes(engine.Id));
    }

    private static Comparison Compare(IterationTime ours, IterationTime theirs, double[] oursByRound, double[] theirsByRound)
    {
        var ratios = oursByRound.Zip(theirsByRound, (a, b) => a / b).ToArray();
        return new Comparison(
            ours.Network, ours.Size, ours.Precision, theirs.Engine, new Spread(ours.Seconds.Median / theirs.Seconds.Median, ratios.Min(), ratios.Max()),
            ours.PeakDeviceMemoryBytes is { } held && theirs.PeakDeviceMemoryBytes is { } heldThere
                ? (double)held / heldThere : (double)ours.PeakMemoryBytes / theirs.PeakMemoryBytes);
    }

    private void Profile(ProcessStartInfo start, string network, int size, string precision, CancellationToken stop)
    {
        Say($"{network} {size}x{size}, {precision}, profile");
        using var worker = new EngineProcess(DipCommand.Name, start, stop);
        worker.Run(1);
        var iterations = Math.Clamp((int)(2 / worker.Run(1)), 2, 100);
        var undisturbed = worker.Run(iterations);
        var profile = NetworkProfile.Read(worker.Ask(FormattableString.Invariant($"profile {iterations}")));
        var convolutions = profile.Operations.Where(o => o is { Kind: OperationKind.Convolution, Phase: IterationPhase.Backward }).Sum(o => o.Calls);
        _profiles.Add(new NetworkProfile(network, size, precision, undisturbed, profile, ConvolutionSplit.DataShare(start, iterations, convolutions)));
    }

    private void CountKernels(ProcessStartInfo start, string network, int size, string precision, CancellationToken stop)
    {
        try
        {
            using var worker = new EngineProcess(DipCommand.Name, start, stop);
            if (KernelCounter.Ask(worker) is { Count: > 0 } kernels)
            {
                _kernels.Add(new KernelCount(network, size, precision, kernels.Sum(k => k.Calls), kernels.Sum(k => k.Seconds), kernels));
                return;
            }
        }
        catch (InvalidOperationException e) when (!stop.IsCancellationRequested)
        {
            // What was measured is not to be lost by a trace.
            _notes.Add($"Kernels per iteration were not counted: {e.Message}");
            return;
        }

        _notes.Add("Kernels per iteration were not counted: NVIDIA's CUPTI is not there, or saw none.");
    }

    private ProcessStartInfo Iterations(EngineBenchSettings settings, string network, int size, string precision, string device) => program.Start(
    [
        "bench", BenchCommand.IterateName, "--network", network, "--size", size.ToString(CultureInfo.InvariantCulture), "--device", device,
        .. SetOption.Words(settings.Overrides.Append(KeyValuePair.Create("precision", precision))),
    ]);

    private ProcessStartInfo Restoration(PictureToRestore picture, double? toPsnr) => program.Start(
    [
        "bench", BenchCommand.RestoreName, picture.Path, "--task", picture.Task, "--preset", picture.Preset, "--reference", picture.Reference, "--device", picture.Device,
        .. picture.Mask is { } mask ? ["--mask", mask] : Array.Empty<string>(),
        .. toPsnr is { } decibels ? ["--to-psnr", decibels.ToString(CultureInfo.InvariantCulture)] : Array.Empty<string>(),
        .. SetOption.Words(picture.Overrides),
    ]);

    private List<PictureToRestore> Pictures(EngineBenchSettings settings, string device)
    {
        var pictures = settings.Quality.Count == 0 ? []
            : settings.Picture is { } picture ? [new PictureToRestore { Path = picture, Reference = settings.Reference!, Task = EngineBenchSettings.Task, Preset = "", Device = device }]
            : BenchSamples.Locate(device);
        if (settings.Quality.Count > 0 && pictures.Count == 0)
        {
            _notes.Add("No picture was restored: the samples are not beside this program, as they are in a clone of the repository.");
        }

        Require("--quality", settings.Quality, [.. pictures.SelectMany(p => PresetsOf(p.Task)).Distinct()]);
        var runs = settings.Quality.SelectMany(preset => pictures.Select(p => p with { Preset = preset, Overrides = settings.Overrides })).ToLookup(p => PresetsOf(p.Task).Contains(p.Preset));
        _notes.AddRange(runs[false].Select(p => $"Task '{p.Task}' has no preset '{p.Preset}', so nothing was restored by it."));
        return [.. runs[true]];
    }

    private string[] PresetsOf(string task) => [.. tasks.Describe(task).Presets.Select(p => p.Name)];

    // Before anything is measured, or all of it would be lost.
    private static void Require(string option, IEnumerable<string> asked, string[] there)
    {
        if (there.Length > 0 && asked.FirstOrDefault(name => !there.Contains(name)) is { } unknown)
        {
            throw new RefusedException($"{option} is '{unknown}'{NearestName.Hint(unknown, there)}; accepted: {string.Join(", ", there)}, or none.");
        }
    }

    private void Say(string text) => terminal.Error.WriteLine(text);
}
