using System.Globalization;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Cli.Restore;

/// <summary>What a person wants to know of a finished picture: one line, then one for each warning.</summary>
internal static class Summary
{
    public static void Write(TextWriter output, string picture, RestorationMetrics metrics, bool isEarlier)
    {
        var line = string.Create(
            CultureInfo.InvariantCulture,
            $"{picture} -> {metrics.Output.Path}: {(isEarlier ? "already restored; " : "")}{metrics.Seconds:0.0} s, {metrics.Iterations} iterations, stopped by {metrics.StoppedBy}");
        if (metrics.Reference is { } reference)
        {
            line += string.Create(CultureInfo.InvariantCulture, $", PSNR {reference.Psnr:0.00} dB");
        }

        if (metrics.Baseline is { } baseline)
        {
            line += string.Create(CultureInfo.InvariantCulture, $"; {baseline.Name} gives {baseline.Psnr:0.00} dB");
        }

        output.WriteLine(line);
        foreach (var warning in metrics.Warnings)
        {
            output.WriteLine($"  warning: {warning}");
        }
    }
}
