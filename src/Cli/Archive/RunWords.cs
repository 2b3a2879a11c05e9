using System.Globalization;
using DipPipeline.Cli.Jobs;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Jobs.Runs;

namespace DipPipeline.Cli.Archive;

/// <summary>Runs as a person reads them.</summary>
internal static class RunWords
{
    public static string State(RunStatus run) => run.IsDone ? "done" : run.State.ToString().ToLowerInvariant();

    /// <summary>One run, line by line.</summary>
    public static void WriteSheet(TextWriter output, RunStatus run, DateTimeOffset now)
    {
        (string Name, int Count)[] counts =
        [
            ("pending", run.Pending), ("waiting", run.Waiting), ("queued", run.Queued), ("running", run.Running), ("completed", run.Completed),
            ("already done", run.AlreadyDone), ("rejected", run.Rejected), ("failed", run.Failed), ("cancelled", run.Cancelled),
        ];
        Table.Write(output,
        [
            ["run", run.Name],
            ["from", run.Origin],
            ["state", State(run)],
            ["rows", Count(run.Rows)],
            .. counts.Where(c => c.Count > 0).Select(c => (string[])[c.Name, Count(c.Count)]),
            .. run.RowsPerHour is { } rate ? (string[][])[["rate", string.Create(CultureInfo.InvariantCulture, $"{rate:N0} rows an hour, of late")]] : [],
            .. run.RemainingSeconds is { } left ? (string[][])[["left", Left(left, now)]] : [],
            ["entered", JobWords.Moment(run.CreatedAt)],
            .. run.EndedAt is { } ended ? (string[][])[["ended", JobWords.Moment(ended)]] : [],
        ]);
    }

    /// <summary>A line each.</summary>
    public static void WriteList(TextWriter output, IReadOnlyList<RunStatus> runs)
    {
        if (runs.Count == 0)
        {
            output.WriteLine("There are no archive runs.");
            return;
        }

        Table.Write(output,
        [
            ["RUN", "STATE", "ROWS", "DONE", "NOT DONE", "LEFT", "FROM"],
            .. runs.Select(run => (string[])
            [
                run.Name, State(run), Count(run.Rows), Count(run.Completed + run.AlreadyDone), Count(run.Rejected + run.Failed + run.Cancelled),
                run.RemainingSeconds is { } left ? ProgressLine.Clock(TimeSpan.FromSeconds(left)) : "-", run.Origin,
            ]),
        ]);
    }

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    // Years from now is as good as never, and no time that a clock has.
    private static string Left(double seconds, DateTimeOffset now) => seconds > TimeSpan.FromDays(36500).TotalSeconds ? "more than a century"
        : $"{ProgressLine.Clock(TimeSpan.FromSeconds(seconds))}, until {JobWords.Moment(now.AddSeconds(seconds))}";
}
