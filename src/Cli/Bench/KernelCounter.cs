using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace DipPipeline.Cli.Bench;

/// <summary>
/// Counts the kernels that one iteration starts on a GPU, by NVIDIA's <c>nsys</c>: two traces of one command with different numbers of
/// iterations, whose difference is free of what only the start needs.
/// </summary>
internal static class KernelCounter
{
    private const int Few = 5;
    private const int Many = 25;

    /// <param name="engine">A command that speaks as <see cref="EngineProcess"/> does.</param>
    /// <param name="command">The profiler.</param>
    /// <returns><see langword="null"/> where the profiler is not there or gave nothing to count.</returns>
    public static double? PerIteration(ProcessStartInfo engine, string command = "nsys")
    {
        var folder = Directory.CreateTempSubdirectory("dip-nsys-").FullName;
        try
        {
            return (Count(engine, command, Path.Join(folder, "few"), Few), Count(engine, command, Path.Join(folder, "many"), Many)) is ({ } few, { } many)
                ? (double)(many - few) / (Many - Few)
                : null;
        }
        catch (Win32Exception)
        {
            return null; // Not installed.
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static long? Count(ProcessStartInfo engine, string command, string trace, int iterations)
    {
        Output(command, ["profile", "--trace=cuda", "--cuda-graph-trace=node", "--sample=none", "--cpuctxsw=none", $"--output={trace}", engine.FileName, .. engine.ArgumentList],
            FormattableString.Invariant($"run {iterations}\nquit\n"), engine.Environment);
        // Columns of the report: Time (%), Total Time (ns), Instances, ..., Name.
        var rows = Output(command, ["stats", "--report", "cuda_gpu_kern_sum", "--format", "csv", $"{trace}.nsys-rep"], "", engine.Environment)
            .Split('\n').Select(line => line.Split(',')).SkipWhile(cells => cells.Length < 3 || cells[2] != "Instances").Skip(1).Where(cells => cells.Length > 3).ToArray();
        return rows.Length == 0 ? null : rows.Sum(cells => long.Parse(cells[2], CultureInfo.InvariantCulture));
    }

    private static string Output(string command, IReadOnlyList<string> arguments, string input, IDictionary<string, string?> environment)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        _ = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
