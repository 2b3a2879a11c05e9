using System.IO.Compression;
using System.Text.Json.Serialization;
using System.Text.Json;
using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// A solver's state in one file: a zip of a JSON header and raw little-endian tensors, current and last good state alike, so that a
/// resumed run goes on exactly where the other left off, divergence included. Written under another name first, then renamed.
/// </summary>
internal static class Checkpoint
{
    private const string Header = "checkpoint.json";
    private const string Generator = "generator";
    private const string BridgePicture = "bridge";

    private static readonly JsonSerializerOptions s_json = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    /// <param name="path">Where; atomically.</param>
    /// <param name="identity">What the run is of.</param>
    /// <param name="solver">The run; <see langword="null"/> between two tiles.</param>
    /// <param name="bridge">What another run had filled before.</param>
    /// <param name="scan">Where the run is of a tile, how far the tiles are.</param>
    public static void Save(string path, CheckpointIdentity identity, Solver? solver, Bridge? bridge = null, ScanHeader? scan = null)
    {
        AtomicFile.Write(path, file =>
        {
            using var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true);
            var header = new CheckpointHeader(identity, solver?.DivergencesInRow ?? 0, Of(solver?.State), Of(solver?.LastGood)) { Bridge = bridge?.Counters, Scan = scan };
            using (var stream = zip.CreateEntry(Header).Open())
            {
                JsonSerializer.Serialize(stream, header, s_json);
            }

            if (bridge is not null)
            {
                Write(zip, BridgePicture, bridge.Picture);
            }

            if (solver is null)
            {
                return;
            }

            Write(zip, "current/", solver.State);
            Write(zip, "good/", solver.LastGood);
            using var generator = solver.GeneratorState;
            Write(zip, Generator, generator);
        });

        static StateHeader? Of(SolverState? state) => state is null ? null : new StateHeader(state.Counters, state.Curve);
    }

    /// <summary>What a checkpoint is of; <see langword="null"/> where there is none that can be read.</summary>
    public static CheckpointHeader? TryReadHeader(string path)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            return ReadHeader(zip);
        }
        catch (Exception e) when (IsDamage(e))
        {
            return null;
        }
    }

    /// <summary>What another run had filled before the one that a checkpoint of the same job is of.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="identity">The job.</param>
    /// <param name="like">A picture of its shape, on its device.</param>
    /// <returns><see langword="null"/> where there is no such run, or the checkpoint cannot be used.</returns>
    public static Bridge? TryLoadBridge(string path, CheckpointIdentity identity, Tensor like)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            if (ReadHeader(zip) is not { Bridge: { } counters } header || header.Identity.Difference(identity) is not null)
            {
                return null;
            }

            using var picture = Read(zip, BridgePicture, like);
            return new Bridge(picture.to(like.device, copy: true), counters);
        }
        catch (Exception e) when (IsDamage(e))
        {
            return null;
        }
    }

    /// <summary>Restores a solver made for the same job.</summary>
    /// <param name="path">The checkpoint.</param>
    /// <param name="identity">The job.</param>
    /// <param name="solver">Of the run that it is of.</param>
    /// <param name="isAfterBridge">Whether that goes on from what <see cref="TryLoadBridge"/> gave.</param>
    /// <returns><see langword="null"/>, or one sentence that says why the checkpoint cannot be used; then the solver is as it was.</returns>
    public static string? TryLoad(string path, CheckpointIdentity identity, Solver solver, bool isAfterBridge = false)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            var header = ReadHeader(zip);
            if (header.Identity.Difference(identity) is { } difference)
            {
                return CheckpointIdentity.Anew(difference);
            }

            if (header.Bridge is not null != isAfterBridge)
            {
                throw new InvalidDataException("what was bridged before is missing");
            }

            // Everything is read and checked before anything is overwritten.
            using var current = Read(zip, "current/", solver.State, header.Current ?? throw new InvalidDataException("no state"));
            using var good = Read(zip, "good/", solver.LastGood, header.Good ?? throw new InvalidDataException("no good state"));
            using var generatorState = solver.GeneratorState;
            using var generator = Read(zip, Generator, generatorState);
            if (header.Identity.ReferenceSha256 != identity.ReferenceSha256)
            {
                current.ForgetPsnr();
                good.ForgetPsnr();
            }

            solver.State.CopyFrom(current);
            solver.LastGood.CopyFrom(good);
            solver.GeneratorState = generator;
            solver.DivergencesInRow = header.DivergencesInRow;
            return null;
        }
        catch (Exception e) when (IsDamage(e))
        {
            return $"The checkpoint '{path}' is damaged ({e.Message}); what it is of starts anew.";
        }
    }

    private static bool IsDamage(Exception e) => e is InvalidDataException or JsonException or IOException;

    private static CheckpointHeader ReadHeader(ZipArchive zip)
    {
        using var stream = Entry(zip, Header).Open();
        return JsonSerializer.Deserialize<CheckpointHeader>(stream, s_json) ?? throw new InvalidDataException("empty header");
    }

    private static void Write(ZipArchive zip, string prefix, SolverState state)
    {
        foreach (var (name, tensor) in state.Tensors)
        {
            Write(zip, prefix + name, tensor);
        }
    }

    private static void Write(ZipArchive zip, string name, Tensor tensor)
    {
        using var detached = tensor.detach();
        using var host = detached.cpu();
        using var stream = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
        ForEachPart(host, part => stream.Write(part));
    }

    private static SolverState Read(ZipArchive zip, string prefix, SolverState like, StateHeader header)
    {
        var state = new SolverState { Counters = header.Counters, Curve = [.. header.Curve] };
        foreach (var (name, tensor) in like.Tensors)
        {
            state.Add(name, Read(zip, prefix + name, tensor));
        }

        return state;
    }

    private static Tensor Read(ZipArchive zip, string name, Tensor like)
    {
        using var stream = Entry(zip, name).Open();
        var tensor = empty(like.shape, like.dtype);
        ForEachPart(tensor, stream.ReadExactly);
        return stream.ReadByte() < 0 ? tensor.DetachFromDisposeScope() : throw new InvalidDataException($"'{name}' is longer than the job's");
    }

    // A span ends at 2 GiB, a window of pictures need not.
    private static void ForEachPart(Tensor tensor, PartAction action)
    {
        const long most = 1 << 28;
        using var flat = tensor.view(-1);
        for (long at = 0; at < flat.shape[0]; at += most)
        {
            using var part = flat.narrow(0, at, Math.Min(most, flat.shape[0] - at));
            action(part.bytes);
        }
    }

    private delegate void PartAction(Span<byte> bytes);

    private static ZipArchiveEntry Entry(ZipArchive zip, string name) =>
        zip.GetEntry(name) ?? throw new InvalidDataException($"'{name}' is missing");
}

/// <param name="Identity">What it is of.</param>
/// <param name="DivergencesInRow">Without a good snapshot between.</param>
/// <param name="Current">Of the run, where one was under way.</param>
/// <param name="Good">Of its last good state.</param>
internal sealed record CheckpointHeader(CheckpointIdentity Identity, int DivergencesInRow, StateHeader? Current, StateHeader? Good)
{
    /// <summary>Of a job in tiles.</summary>
    public ScanHeader? Scan { get; init; }

    /// <summary>Of the run before this one, whose picture the checkpoint holds.</summary>
    public SolverCounters? Bridge { get; init; }
}

/// <summary>How far the tiles of a picture are.</summary>
/// <param name="Finished">Numbers of the tiles that are.</param>
/// <param name="Seconds">Time of the optimisation so far, of all tiles, earlier runs' included.</param>
/// <param name="Tile">The tile that the checkpoint's run is of, where it is of one.</param>
/// <param name="Iterations">How far that is, as <see cref="Restoration.TileProgress.Scaled"/> counts it.</param>
internal sealed record ScanHeader(IReadOnlyList<int> Finished, double Seconds, int? Tile = null, int Iterations = 0);

internal sealed record StateHeader(SolverCounters Counters, IReadOnlyList<CurvePoint> Curve);

/// <summary>What the bytes of a run depend on. The job id covers picture, companions, task, plugin version, options and seed.</summary>
/// <param name="JobId">The job.</param>
/// <param name="EngineVersion">Version of the engine.</param>
/// <param name="PluginVersion">Version of the plugin that supplied the energy.</param>
/// <param name="DeviceKind"><c>cpu</c> or <c>cuda</c>.</param>
/// <param name="Precision">What the network computes in.</param>
/// <param name="Threads">CPU threads.</param>
internal sealed record CheckpointIdentity(
    string JobId, string EngineVersion, string PluginVersion, string DeviceKind, string Precision, int Threads)
{
    /// <summary>
    /// SHA-256 of the reference that the curve's PSNR was measured against. The run does not depend on it: going on with another one only
    /// drops the PSNR of what was before.
    /// </summary>
    public string? ReferenceSha256 { get; init; }

    /// <summary>In which order the parameters lie (<see cref="ParameterBuffer.Order"/>); absent in the first checkpoints.</summary>
    public int? ParameterOrder { get; init; }

    /// <summary>Whether kernels of ours are used, which round otherwise, and less often, than libtorch's operations.</summary>
    public bool HasOwnKernels { get; init; }

    /// <summary>How the picture is cut; <see langword="null"/> for one restored as a whole.</summary>
    public TilePlan? Plan { get; init; }

    /// <summary>Networks of an ensemble that are fitted at the same time, of a picture restored as a whole.</summary>
    public int NetworksAtOnce { get; init; } = 1;

    /// <summary>Runs at the same time, each with its share of the threads and a checkpoint of its own.</summary>
    [JsonIgnore]
    public int Lanes => Plan?.AtOnce ?? NetworksAtOnce;

    /// <summary>
    /// Whether it can be gone on from there: with another kind of device, or another number of a CPU's threads, sums round otherwise. A GPU's do not
    /// depend on the CPU's threads: Hosts with other cores, or a GPU less, go on.
    /// </summary>
    public bool IsOf((string DeviceKind, int Threads) machine) => DeviceKind == machine.DeviceKind && (DeviceKind != "cpu" || Threads == machine.Threads);

    /// <summary>The first thing in which a checkpoint differs from this run, or <see langword="null"/>.</summary>
    public string? Difference(CheckpointIdentity run) =>
        JobId != run.JobId ? $"job {JobId}, not {run.JobId}"
        : EngineVersion != run.EngineVersion ? $"engine {EngineVersion}, not {run.EngineVersion}"
        : PluginVersion != run.PluginVersion ? $"plugin {PluginVersion}, not {run.PluginVersion}"
        : DeviceKind != run.DeviceKind ? $"device {DeviceKind}, not {run.DeviceKind}"
        : Precision != run.Precision ? $"precision {Precision}, not {run.Precision}"
        : !IsOf((run.DeviceKind, run.Threads)) ? FormattableString.Invariant($"{Threads} threads, not {run.Threads}")
        : HasOwnKernels != run.HasOwnKernels ? HasOwnKernels ? "kernels of the engine's own, not libtorch's" : "libtorch's kernels, not the engine's own"
        : ParameterOrder != run.ParameterOrder ? "another order of parameters"
        : Plan != run.Plan ? $"{Words(Plan)}, not {Words(run.Plan)}"
        : NetworksAtOnce != run.NetworksAtOnce ? FormattableString.Invariant($"{NetworksAtOnce} networks at the same time, not {run.NetworksAtOnce}")
        : null;

    /// <summary>What to say where a checkpoint differs.</summary>
    public static string Anew(string difference) => $"The checkpoint was made with {difference}, so its bytes could not be reproduced; the job starts anew.";

    private static string Words(TilePlan? plan) => plan is null ? "no tiles"
        : FormattableString.Invariant($"{plan.Count} tiles of {plan.Width}×{plan.Height} with an overlap of {plan.Overlap}, {plan.AtOnce} at the same time");
}
