using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using DipPipeline.Engine.Measuring;

namespace DipPipeline.Cli.Bench;

/// <summary>Where the time of an iteration goes.</summary>
/// <param name="Network">The network.</param>
/// <param name="Size">Side, pixels.</param>
/// <param name="Precision">What it computes in.</param>
/// <param name="SecondsUndisturbed">Per iteration, before anything was timed inside it.</param>
/// <param name="Operations">The measurement.</param>
/// <param name="DataShare">Of the convolutions' backward time, the share of the gradient of their input, by oneDNN's own clock; absent where it does not compute them.</param>
internal sealed record NetworkProfile(
    string Network, int Size, string Precision, double SecondsUndisturbed, OperationProfile Operations, double? DataShare)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Milliseconds by kind and direction, in the network's order; what is left of the whole comes last.</summary>
    public IReadOnlyList<ProfileRow> Rows
    {
        get
        {
            var rows = Enum.GetValues<OperationKind>()
                .SelectMany(kind => new[] { IterationPhase.Forward, IterationPhase.Backward }.Select(phase => (kind, phase)))
                .SelectMany(g => Split(g.kind, g.phase))
                .Where(row => row.Seconds > 0)
                .ToList();
            rows.Add(new("between the operations", Math.Max(0, Operations.SecondsPerIteration - Operations.Operations.Sum(o => o.Seconds))));
            return rows;
        }
    }

    public static JsonObject Write(OperationProfile profile) => JsonSerializer.SerializeToNode(profile, s_json)!.AsObject();

    public static OperationProfile Read(JsonObject document) => document.Deserialize<OperationProfile>(s_json)!;

    private IEnumerable<ProfileRow> Split(OperationKind kind, IterationPhase phase)
    {
        // The step and the averages are kinds of their own: they have no direction.
        var seconds = Operations.Operations.Where(o => o.Kind == kind && (o.Phase == IterationPhase.Backward) == (phase == IterationPhase.Backward)).Sum(o => o.Seconds);
        var name = Words(kind);
        return (kind, phase) switch
        {
            (OperationKind.Optimiser or OperationKind.Averages or OperationKind.InputNoise, _) => [new(name, seconds)],
            (OperationKind.Convolution, IterationPhase.Backward) when DataShare is { } data =>
                [new($"{name}, backward, data", seconds * data), new($"{name}, backward, weights", seconds * (1 - data))],
            _ => [new($"{name}, {(phase == IterationPhase.Forward ? "forward" : "backward")}", seconds)],
        };
    }

    private static string Words(OperationKind kind) => kind switch
    {
        OperationKind.BatchNorm => "batch norm",
        OperationKind.InputNoise => "input noise",
        OperationKind.CastsAndCopies => "casts and copies",
        _ => kind.ToString().ToLowerInvariant(),
    };
}

/// <param name="Operation">What, and in which direction.</param>
/// <param name="Seconds">Per iteration.</param>
internal sealed record ProfileRow(string Operation, double Seconds);
