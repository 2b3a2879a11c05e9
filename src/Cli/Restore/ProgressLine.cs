using System.Globalization;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Restore;

/// <summary>The words of a progress line.</summary>
internal static class ProgressLine
{
    private const int BarWidth = 20;

    /// <summary>For a terminal: the bar, then as much of the rest as fits into <paramref name="width"/> columns.</summary>
    public static string Bar(string name, RestorationProgress progress, int width)
    {
        var filled = (int)Math.Round(BarWidth * Share(progress));
        var rest = $" [{new string('#', filled)}{new string('.', BarWidth - filled)}] {Numbers(progress)}";
        // The end of a long path says more than its beginning.
        var room = Math.Max(12, width - rest.Length);
        var line = (name.Length <= room ? name : "…" + name[^(room - 1)..]) + rest;
        return line.Length <= width ? line : line[..Math.Max(0, width)];
    }

    public static string Plain(string name, RestorationProgress progress) => $"{name}: {Numbers(progress)}";

    /// <summary>1:05 or 2:03:09.</summary>
    public static string Clock(TimeSpan time)
    {
        var seconds = (long)Math.Round(Math.Max(0, time.TotalSeconds));
        return seconds >= 3600
            ? string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600}:{seconds / 60 % 60:00}:{seconds % 60:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{seconds / 60}:{seconds % 60:00}");
    }

    private static string Numbers(RestorationProgress p)
    {
        var psnr = p.Psnr is { } db ? string.Create(CultureInfo.InvariantCulture, $", PSNR {db:0.00} dB") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * Share(p):0} % {p.Iteration}/{p.Iterations}, {p.IterationsPerSecond:0.0} it/s, ETA {Clock(p.Remaining)}, energy {p.Energy:0.00000}{psnr}");
    }

    private static double Share(RestorationProgress p) => p.Iterations > 0 ? Math.Clamp((double)p.Iteration / p.Iterations, 0, 1) : 0;
}
