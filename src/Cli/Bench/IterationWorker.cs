using System.Text.Json.Nodes;
using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Restore;
using DipPipeline.Contracts.Options;
using DipPipeline.Engine;
using DipPipeline.Engine.Measuring;

namespace DipPipeline.Cli.Bench;

/// <summary>Our side of <see cref="EngineProcess"/>: runs iterations as the lines of a reader ask.</summary>
internal sealed class IterationWorker(LoadTask load)
{
    public void Serve(string preset, int size, string device, IReadOnlyList<KeyValuePair<string, string>> overrides, TextReader input, TextWriter output)
    {
        DeviceName.Check(device);
        var plugin = load(EngineBenchSettings.Task);
        using var run = new MeasuredRun(plugin, OptionResolver.Resolve(plugin.Descriptor, preset, overrides), size, device);
        while (input.ReadLine() is { } line && line != "quit")
        {
            output.WriteLine(Answer(run, line.Split(' ')).ToJsonString());
            output.Flush();
        }
    }

    private static JsonObject Answer(MeasuredRun run, string[] words) => words switch
    {
        ["about"] => new()
        {
            ["engine"] = $"dip {EngineVersion.Current}",
            ["device"] = run.Plan.Device,
            ["precision"] = run.Plan.PrecisionName,
            ["preferredPrecision"] = run.PreferredPrecision,
            ["threads"] = run.Plan.Threads,
        },
        ["run", var count] when int.TryParse(count, out var iterations) => new()
        {
            ["seconds"] = run.Iterate(iterations).TotalSeconds,
            ["iterations"] = iterations,
        },
        ["profile", var count] when int.TryParse(count, out var iterations) => NetworkProfile.Write(run.Profile(iterations)),
        ["kernels", var count] when int.TryParse(count, out var iterations) => KernelCounter.Write(run.Kernels(iterations)),
        ["memory"] => new() { ["peakMemoryBytes"] = MeasuredRun.PeakMemoryBytes },
        _ => new() { ["error"] = $"'{string.Join(' ', words)}' is not understood; accepted: about, run N, profile N, kernels N, memory, quit." },
    };
}
