using System.Text.Json;
using System.Text.Json.Nodes;
using DipPipeline.Engine.Measuring;

namespace DipPipeline.Cli.Bench;

/// <summary>The kernels that an iteration starts on a GPU, between the process that starts them and the one that reports.</summary>
internal static class KernelCounter
{
    private const string List = "kernels";
    private const int Iterations = 20;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <param name="kernels">Those of one iteration; <see langword="null"/> where they could not be traced.</param>
    public static JsonObject Write(IReadOnlyList<KernelTime>? kernels) => new() { [List] = JsonSerializer.SerializeToNode(kernels ?? [], s_json) };

    /// <param name="engine">A fresh process.</param>
    /// <returns>The longest first; none where they could not be traced.</returns>
    public static IReadOnlyList<KernelTime> Ask(EngineProcess engine) =>
        engine.Ask(FormattableString.Invariant($"{List} {Iterations}"))[List].Deserialize<KernelTime[]>(s_json)!;
}
