using System.Globalization;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Restore;

/// <summary>The words of a progress line.</summary>
internal static class ProgressLine
{
    private const int WidestBar = 20;
    private const int NarrowestBar = 5;

    // The end of a long path says more than its beginning.
    private const int ShortestName = 8;
    private const int LongestNameBesideABar = 24;

    /// <summary>For a terminal of <paramref name="width"/> columns: the numbers first, then the name, then a bar where there is room.</summary>
    public static string Bar(string name, RestorationProgress progress, int width)
    {
        var numbers = Numbers(progress);
        var bar = Math.Min(WidestBar, width - numbers.Length - Math.Min(name.Length, LongestNameBesideABar) - " [] ".Length);
        var filled = (int)Math.Round(bar * Share(progress));
        var rest = bar < NarrowestBar ? $" {numbers}" : $" [{new string('#', filled)}{new string('.', bar - filled)}] {numbers}";
        var room = Math.Max(ShortestName, width - rest.Length);
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
        var tile = p.Tiles > 1 ? string.Create(CultureInfo.InvariantCulture, $"tile {p.Tile}/{p.Tiles}, ") : "";
        var psnr = p.Psnr is { } db ? string.Create(CultureInfo.InvariantCulture, $", PSNR {db:0.00} dB") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{100 * Share(p):0} % {tile}{p.Iteration}/{p.Iterations}, {p.IterationsPerSecond:0.0} it/s, ETA {Clock(p.Remaining)}, energy {p.Energy:0.00000}{psnr}");
    }

    private static double Share(RestorationProgress p) => p.Iterations > 0 ? Math.Clamp((double)p.Iteration / p.Iterations, 0, 1) : 0;
}
