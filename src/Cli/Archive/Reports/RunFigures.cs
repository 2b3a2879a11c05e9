using System.Text.RegularExpressions;
using DipPipeline.Jobs.Runs;

namespace DipPipeline.Cli.Archive;

/// <summary>What a page about a run says, gathered row by row: a million of them take some 20 MB.</summary>
internal sealed partial class RunFigures
{
    private const int Examples = 6;

    private readonly PriorityQueue<(string Output, double Quality), double> _best = new();
    private readonly PriorityQueue<(string Output, double Quality), double> _worst = new();

    public Dictionary<RowState, int> States { get; } = [];

    /// <summary>By what they say, whatever files and numbers they name.</summary>
    public Dictionary<(RowState State, string Reason), (int Count, string Example)> Reasons { get; } = [];

    public List<float> Seconds { get; } = [];
    public List<float> Qualities { get; } = [];
    public Dictionary<string, int> Warnings { get; } = new(StringComparer.Ordinal);

    /// <summary>The best first.</summary>
    public IReadOnlyList<(string Output, double Quality)> Best => [.. _best.UnorderedItems.Select(i => i.Element).OrderByDescending(e => e.Quality)];

    /// <summary>The worst first.</summary>
    public IReadOnlyList<(string Output, double Quality)> Worst => [.. _worst.UnorderedItems.Select(i => i.Element).OrderBy(e => e.Quality)];

    public void Add(RunRowDetail row)
    {
        States[row.State] = States.GetValueOrDefault(row.State) + 1;
        if (row.Reason is { } reason)
        {
            var key = (row.State, Quoted().Replace(reason, "…"));
            Reasons[key] = Reasons.TryGetValue(key, out var known) ? known with { Count = known.Count + 1 } : (1, reason);
        }

        if (row.Metrics is not { } metrics)
        {
            return;
        }

        Seconds.Add((float)metrics.Seconds);
        foreach (var warning in metrics.Warnings)
        {
            Warnings[warning] = Warnings.GetValueOrDefault(warning) + 1;
        }

        if (RunQuality.Of(metrics) is { } quality)
        {
            Qualities.Add((float)quality);
            Keep(_best, row.Row.Output, quality, quality);
            Keep(_worst, row.Row.Output, quality, -quality);
        }
    }

    // The queue's first is the one that goes.
    private static void Keep(PriorityQueue<(string, double), double> kept, string output, double quality, double priority)
    {
        kept.Enqueue((output, quality), priority);
        if (kept.Count > Examples)
        {
            kept.Dequeue();
        }
    }

    [GeneratedRegex(@"'[^']*'|[0-9][0-9,.]*")]
    private static partial Regex Quoted();
}
