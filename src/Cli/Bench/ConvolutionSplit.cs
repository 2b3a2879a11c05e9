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
    /// <returns>Share of the gradient of the input in the time of both gradients; <see langword="null"/> where oneDNN computes neither.</returns>
    public static double? DataShare(ProcessStartInfo engine, int iterations)
    {
        engine.Environment["ONEDNN_VERBOSE"] = "1";
        engine.RedirectStandardInput = engine.RedirectStandardOutput = true;
        using var process = Process.Start(engine)!;
        process.StandardInput.Write(FormattableString.Invariant($"run 1\nrun {iterations}\nquit\n"));
        process.StandardInput.Close();
        var lines = process.StandardOutput.ReadToEnd().Split('\n');
        process.WaitForExit();
        return DataShare(lines.SkipWhile(line => !line.StartsWith('{')));
    }

    /// <param name="lines">oneDNN's: <c>onednn_verbose,…,exec,cpu,convolution,KERNEL,backward_data,…,MILLISECONDS</c>.</param>
    public static double? DataShare(IEnumerable<string> lines)
    {
        var times = lines.Select(line => line.Split(','))
            .Where(fields => fields[0] == "onednn_verbose" && fields.Contains("exec") && fields.Contains("convolution"))
            .ToLookup(fields => fields.FirstOrDefault(f => f.StartsWith("backward_", StringComparison.Ordinal)), fields => double.Parse(fields[^1], CultureInfo.InvariantCulture));
        var (data, weights) = (times["backward_data"].Sum(), times["backward_weights"].Sum());
        return data + weights > 0 ? data / (data + weights) : null;
    }
}
