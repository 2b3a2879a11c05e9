using System.Diagnostics;
using System.Globalization;

namespace DipPipeline.Cli.Bench;

/// <summary>
/// libtorch computes a convolution's two gradients in one operation. oneDNN, which does the work on CPUs, tells them apart when it is asked
/// to report each primitive (<c>ONEDNN_VERBOSE</c>).
/// </summary>
internal static class ConvolutionSplit
{
    /// <param name="engine">A command that speaks as <see cref="EngineProcess"/> does.</param>
    /// <param name="iterations">To take the shares of, after one that compiles the kernels.</param>
    /// <param name="convolutions">That go back in one iteration.</param>
    /// <returns>Share of the gradient of the input in the time of both gradients; <see langword="null"/> where oneDNN does not compute all of them.</returns>
    public static double? DataShare(ProcessStartInfo engine, int iterations, double convolutions)
    {
        engine.Environment["ONEDNN_VERBOSE"] = "1";
        engine.RedirectStandardInput = engine.RedirectStandardOutput = true;
        using var process = Process.Start(engine)!;
        process.StandardInput.Write(FormattableString.Invariant($"run 1\nrun {iterations}\nquit\n"));
        process.StandardInput.Close();
        var lines = process.StandardOutput.ReadToEnd().Split('\n');
        process.WaitForExit();
        return DataShare(lines.SkipWhile(line => !line.StartsWith('{')), iterations * convolutions);
    }

    /// <param name="lines">oneDNN's: <c>onednn_verbose,…,exec,cpu,convolution,KERNEL,backward_data,…,MILLISECONDS</c>.</param>
    /// <param name="convolutions">Gradients of weights that there must be.</param>
    public static double? DataShare(IEnumerable<string> lines, double convolutions)
    {
        var times = lines.Select(line => line.Split(','))
            .Where(fields => fields[0] == "onednn_verbose" && fields.Contains("exec") && fields.Contains("convolution"))
            .ToLookup(fields => fields.FirstOrDefault(f => f.StartsWith("backward_", StringComparison.Ordinal)), fields => double.Parse(fields[^1], CultureInfo.InvariantCulture));
        var (data, weights) = (times["backward_data"].Sum(), times["backward_weights"].Sum());
        // Small ones are libtorch's own: of a part nothing can be said about the whole.
        return data + weights > 0 && times["backward_weights"].Count() == (int)Math.Round(convolutions) ? data / (data + weights) : null;
    }
}
