using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using DipPipeline.Engine.Measuring;

namespace DipPipeline.Cli.Bench;

/// <summary>All that one run of <c>dip bench engine</c> measured; with <c>--json</c> the document itself. Times in seconds, memory in bytes.</summary>
internal sealed record EngineReport
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public required DateTimeOffset Measured { get; init; }

    /// <summary>Version of the program.</summary>
    public required string Version { get; init; }

    public required Machine Machine { get; init; }

    /// <summary><c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    public required IReadOnlyList<IterationTime> Networks { get; init; }

    public required IReadOnlyList<Comparison> Comparisons { get; init; }

    public required IReadOnlyList<TimeToQuality> Quality { get; init; }

    public required IReadOnlyList<KernelCount> Kernels { get; init; }

    public required IReadOnlyList<NetworkProfile> Profiles { get; init; }

    /// <summary>What was left out, and why.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    public string ToJson() => JsonSerializer.Serialize(this, s_json);
}

/// <param name="Network">The preset that has it.</param>
/// <param name="Size">Side of the picture, pixels.</param>
/// <param name="Engine"><c>dip</c>, or the name of the other.</param>
/// <param name="EngineVersion">As the engine says it.</param>
/// <param name="Precision"><c>float32</c> or <c>bfloat16</c>.</param>
/// <param name="IsPreferred">Whether this is what <c>precision=auto</c> takes here.</param>
/// <param name="Threads">CPU threads.</param>
/// <param name="Rounds">Measurements.</param>
/// <param name="Iterations">In each.</param>
/// <param name="Seconds">Per iteration, over the rounds.</param>
/// <param name="PeakMemoryBytes">Of the process.</param>
/// <param name="PeakDeviceMemoryBytes">Of the GPU, as its driver counts the process; absent on the CPU or where it does not.</param>
internal sealed record IterationTime(
    string Network, int Size, string Engine, string EngineVersion, string Precision, bool IsPreferred, int Threads, int Rounds, int Iterations,
    Spread Seconds, long PeakMemoryBytes, long? PeakDeviceMemoryBytes);

/// <param name="Network">The network.</param>
/// <param name="Size">Side, pixels.</param>
/// <param name="Precision">Ours.</param>
/// <param name="Against">The other engine.</param>
/// <param name="TimeRatio">Ours over theirs: of the medians, and the least and most of a round.</param>
/// <param name="MemoryRatio">Ours over theirs: of the GPU's memory where it was measured, else of the processes'.</param>
internal sealed record Comparison(string Network, int Size, string Precision, string Against, Spread TimeRatio, double MemoryRatio);

/// <param name="Network">The network.</param>
/// <param name="Size">Side, pixels.</param>
/// <param name="Precision">What it computes in.</param>
/// <param name="PerIteration">GPU kernels started in one iteration.</param>
/// <param name="SecondsPerIteration">The sum of what each took of the GPU.</param>
/// <param name="Kernels">Each of them, the longest first.</param>
internal sealed record KernelCount(string Network, int Size, string Precision, double PerIteration, double SecondsPerIteration, IReadOnlyList<KernelTime> Kernels);
