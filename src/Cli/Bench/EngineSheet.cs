using System.Globalization;
using DipPipeline.Cli.Terminals;

namespace DipPipeline.Cli.Bench;

/// <summary>An <see cref="EngineReport"/> for people: tables of what there is.</summary>
internal static class EngineSheet
{
    private const int MostKernels = 25;
    private const int LongestName = 110;

    public static void Write(TextWriter output, EngineReport report)
    {
        var machine = report.Machine;
        output.WriteLine(Invariant($"dip {report.Version}, {report.Measured:yyyy-MM-dd HH:mm} UTC"));
        output.WriteLine(Invariant(
            $"{machine.Processor}, {machine.Cores} cores, {machine.MemoryBytes / 1e9:0.0} GB; {machine.System}; libtorch {machine.Libtorch}; huge pages {(machine.HugePages ? "on" : "off")}, {(machine.Jemalloc ? "jemalloc" : "the C library's heap")}; device {report.Device}"));
        Section(output, "Time per iteration (* is what precision=auto takes here)",
            ["NETWORK", "SIZE", "ENGINE", "PRECISION", "THREADS", "MS", "RANGE", "ROUNDS", "PEAK MiB", "GPU MiB"],
            report.Networks.Select(n => (string[])
            [
                n.Network, Invariant($"{n.Size}x{n.Size}"), n.Engine == DipCommand.Name ? n.Engine : $"{n.Engine} ({n.EngineVersion})", n.Precision + (n.IsPreferred ? " *" : ""),
                Invariant($"{n.Threads}"), Milliseconds(n.Seconds.Median), $"{Milliseconds(n.Seconds.Least)} to {Milliseconds(n.Seconds.Most)}", Invariant($"{n.Rounds} of {n.Iterations}"),
                Mebibytes(n.PeakMemoryBytes), n.PeakDeviceMemoryBytes is { } held ? Mebibytes(held) : "-",
            ]));
        Section(output, "dip / the other, alternating", ["NETWORK", "SIZE", "PRECISION", "AGAINST", "TIME", "RANGE", "MEMORY"],
            report.Comparisons.Select(c => (string[])
            [
                c.Network, Invariant($"{c.Size}x{c.Size}"), c.Precision, c.Against, Invariant($"{c.TimeRatio.Median:0.000}"),
                Invariant($"{c.TimeRatio.Least:0.000} to {c.TimeRatio.Most:0.000}"), Invariant($"{c.MemoryRatio:0.000}"),
            ]));
        Section(output, "Kernels per iteration", ["NETWORK", "SIZE", "PRECISION", "KERNELS", "MS"],
            report.Kernels.Select(k => (string[])[k.Network, Invariant($"{k.Size}x{k.Size}"), k.Precision, Invariant($"{k.PerIteration:0.#}"), Milliseconds(k.SecondsPerIteration)]));
        foreach (var count in report.Kernels)
        {
            Section(output, Invariant($"The longest kernels of one iteration: {count.Network} {count.Size}x{count.Size}, {count.Precision}"), ["KERNEL", "BLOCKS", "CALLS", "MS"],
                count.Kernels.Take(MostKernels).Select(k => (string[])[Shortened(k.Name), Invariant($"{k.Blocks}"), Invariant($"{k.Calls:0.#}"), Invariant($"{1e3 * k.Seconds:0.000}")]));
        }

        foreach (var profile in report.Profiles)
        {
            Section(output, Invariant(
                    $"Time of one iteration: {profile.Network} {profile.Size}x{profile.Size}, {profile.Precision}; {Milliseconds(profile.Operations.SecondsPerIteration)} ms ({Milliseconds(profile.SecondsUndisturbed)} without the clock inside), {profile.Operations.Iterations} iterations"),
                ["OPERATION", "MS", "SHARE"],
                profile.Rows.Select(r => (string[])[r.Operation, Milliseconds(r.Seconds), Invariant($"{100 * r.Seconds / profile.Operations.SecondsPerIteration:0.0} %")]));
        }

        Section(output, "Time to quality (PSNR in dB)",
            ["PICTURE", "TASK", "PRESET", "SECONDS", "ITERATIONS", "PSNR", "AT 1/4", "AT 1/2", "WITHIN 0.1", "CLASSICAL", "REACHED", "PEAK MiB"],
            report.Quality.Select(q => (string[])
            [
                Path.GetFileName(q.Picture), q.Task, q.Preset, Seconds(q.Seconds), Invariant($"{q.Iterations}"), Decibels(q.Psnr), Decibels(q.PsnrAt(0.25)), Decibels(q.PsnrAt(0.5)),
                Seconds(q.SecondsWithin(0.1)), q.Baseline is null ? "-" : $"{q.Baseline}: {Decibels(q.BaselinePsnr)}",
                q.TargetPsnr is { } target ? $"{Decibels(target)} in {Seconds(q.TargetSeconds)}" : Seconds(q.BaselineSeconds), Mebibytes(q.PeakMemoryBytes),
            ]));
        foreach (var note in report.Notes)
        {
            output.WriteLine();
            output.WriteLine(note);
        }
    }

    // C++ names can be longer than any line.
    private static string Shortened(string name) => name.Length <= LongestName ? name : name[..(LongestName - 1)] + "…";

    private static void Section(TextWriter output, string title, string[] header, IEnumerable<string[]> rows)
    {
        if (rows.ToArray() is { Length: > 0 } all)
        {
            output.WriteLine();
            output.WriteLine(title);
            Table.Write(output, [header, .. all]);
        }
    }

    private static string Milliseconds(double seconds) => (1000 * seconds).ToString(seconds < 0.01 ? "0.000" : seconds < 0.1 ? "0.00" : "0.0", CultureInfo.InvariantCulture);

    private static string Seconds(double? seconds) => seconds is { } s ? Invariant($"{s:0.0} s") : "never";

    private static string Decibels(double? psnr) => psnr is { } p ? Invariant($"{p:0.00}") : "-";

    private static string Mebibytes(long bytes) => Invariant($"{bytes / (1 << 20)}");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
