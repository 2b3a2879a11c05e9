using System.Text.RegularExpressions;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Engine.Tiling;

/// <summary>What the runs of all tiles come to.</summary>
/// <param name="runs">Of every finished tile.</param>
internal sealed partial class TileRuns(IReadOnlyList<TileRun> runs)
{
    private const int MostWarnings = 3;

    public int Iterations => Sum(r => r.Iterations);

    public int ChosenIteration => Sum(r => r.ChosenIteration);

    public int Divergences => Sum(r => r.Divergences);

    public double FirstEnergy => runs.Average(r => r.FirstEnergy);

    public double LastEnergy => runs.Average(r => r.LastEnergy);

    /// <summary>Those of the first tiles that have one, and how many more do.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            var all = runs.Select(r => r.Warning).OfType<string>().ToArray();
            return all.Length <= MostWarnings ? all : [.. all[..MostWarnings], $"{all.Length - MostWarnings} more tiles have a warning of this kind."];
        }
    }

    /// <summary>The rules, without the figures, which differ from tile to tile, and how many tiles each stopped.</summary>
    public string StoppedBy => string.Join("; ", runs
        .GroupBy(r => Rule(r.StoppedBy), StringComparer.Ordinal)
        .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
        .Select(g => FormattableString.Invariant($"{g.Key} in {g.Count()} of {runs.Count} tiles")));

    /// <summary>Mean energy, and PSNR of the mean square error, at each iteration that any tile was checked at: one that has stopped counts with its last.</summary>
    public IReadOnlyList<CurvePoint> Curve()
    {
        var next = new int[runs.Count];
        return [.. runs.SelectMany(r => r.Curve.Select(p => p.Iteration)).Distinct().Order().Select(iteration =>
        {
            double energy = 0, error = 0;
            var count = 0;
            var measured = true;
            for (var n = 0; n < runs.Count; n++)
            {
                var curve = runs[n].Curve;
                while (next[n] < curve.Count && curve[next[n]].Iteration <= iteration)
                {
                    next[n]++;
                }

                if (next[n] == 0)
                {
                    continue;
                }

                var point = curve[next[n] - 1];
                (energy, count) = (energy + point.Energy, count + 1);
                measured &= point.Psnr is not null;
                error += Math.Pow(10, -(point.Psnr ?? 0) / 10);
            }

            return new CurvePoint(iteration, energy / count, measured ? -10 * Math.Log10(error / count) : null);
        })];
    }

    // Of an ensemble a tile tells of the last network.
    private static string Rule(string stoppedBy) =>
        Figures().Replace(stoppedBy, "") + (stoppedBy.Contains("(the last of ", StringComparison.Ordinal) ? " of the last network" : "");

    private int Sum(Func<TileRun, long> of) => (int)Math.Min(int.MaxValue, runs.Sum(of));

    // "discrepancy principle at iteration 910: residual …", "last iteration, 1400: residual …"
    [GeneratedRegex(@"(, | at iteration )\d+.*$")]
    private static partial Regex Figures();
}
