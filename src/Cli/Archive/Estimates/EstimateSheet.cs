using System.Globalization;
using DipPipeline.Cli.Jobs;
using DipPipeline.Cli.Terminals;

namespace DipPipeline.Cli.Archive;

/// <summary>An estimate as a person reads it.</summary>
internal static class EstimateSheet
{
    public static void Write(TextWriter output, RunEstimate estimate)
    {
        Table.Write(output,
        [
            ["rows", $"{RunWords.Count(estimate.Rows)} ({Size(estimate.Bytes)})"],
            .. estimate.Missing > 0 ? (string[][])[["not there", $"{RunWords.Count(estimate.Missing)}: {string.Join(", ", estimate.MissingPaths)}{(estimate.Missing > estimate.MissingPaths.Count ? ", …" : "")}"]] : [],
            ["already done", RunWords.Count(estimate.AlreadyDone)],
            ["to do", RunWords.Count(estimate.ToDo)],
            .. estimate.ByTask.OrderByDescending(t => t.Value).Select(t => (string[])[$"  {t.Key}", RunWords.Count(t.Value)]),
            .. estimate.WorkerHours is { } hours ? Times(estimate, hours) : (string[][])[["time", "not known: no picture was restored"]],
        ]);
    }

    private static IEnumerable<string[]> Times(RunEstimate estimate, double hours)
    {
        yield return ["a picture", string.Create(CultureInfo.InvariantCulture, $"{estimate.SecondsPerPicture ?? 0:0.0} s on a worker, by {estimate.Pilot.Count(p => p.Seconds is not null)} restored")];
        yield return ["one worker", string.Create(CultureInfo.InvariantCulture, $"{hours:N1} hours")];
        yield return [$"{RunWords.Count(estimate.Workers)} worker(s)", string.Create(CultureInfo.InvariantCulture, $"{hours / estimate.Workers:N1} hours")
            + (estimate.FinishAt is { } finish ? $", until {JobWords.Moment(finish)} if begun now" : "")];
        if (estimate.Cost is { } cost)
        {
            yield return ["cost", string.Create(CultureInfo.InvariantCulture, $"{cost:N2} for {hours:N1} worker hours")];
        }
    }

    private static string Size(long bytes) => bytes switch
    {
        >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:N1} GB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1} MB"),
    };
}
