using System.Diagnostics;
using System.Globalization;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Restoration;
using static TorchSharp.torch;

namespace DipPipeline.Bench;

/// <summary>Runs iterations on request, so that a driver can alternate between two engines in one run.</summary>
internal static class Serve
{
    public static int Run(int size, string preset, string[] options)
    {
        ProcessMemory.KeepFreedMemory();
        Backends.Prepare();
        using var job = new Job(rand([1, 3, size, size], generator: new Generator(0, CPU)), preset, [.. options, "iterations=1000000", "checkpoint-every=1000000"]);
        while (Console.ReadLine() is { } line && line != "quit")
        {
            Console.WriteLine(line.Split(' ') switch
            {
                ["run", var count] => Iterate(job, int.Parse(count, CultureInfo.InvariantCulture)),
                ["memory"] => FormattableString.Invariant($"{{\"peakMemoryBytes\": {ProcessMemory.PeakBytes()}}}"),
                _ => "{\"error\": \"run N, memory or quit\"}",
            });
        }

        return 0;
    }

    private static string Iterate(Job job, int count)
    {
        var clock = Stopwatch.StartNew();
        job.Solver.Iterate(count);
        return FormattableString.Invariant(
            $"{{\"seconds\": {clock.Elapsed.TotalSeconds:0.0000}, \"iterations\": {count}, \"precision\": \"{job.Plan.PrecisionName}\", \"threads\": {job.Plan.Threads}}}");
    }
}
