using System.Globalization;
using DipPipeline.Cli.Terminals;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Cli.Jobs;

/// <summary><c>dip jobs ls</c>.</summary>
internal static class JobList
{
    // As much of an id as tells jobs apart by eye, and as 'dip jobs show' takes.
    private const int ShortId = 10;

    public static void Write(TextWriter output, IReadOnlyList<JobSummary> jobs, bool json)
    {
        if (json)
        {
            output.WriteLine(JobJson.Write(jobs));
            return;
        }

        if (jobs.Count == 0)
        {
            output.WriteLine("There are no such jobs.");
            return;
        }

        Table.Write(output,
        [
            ["JOB", "STATE", "TASK", "ENTERED", "PICTURE", "NOTE"],
            .. jobs.Select(job => (string[])
            [
                job.JobId[..ShortId],
                job.IsCancelling ? "cancelling" : JobWords.Of(job.State),
                job.Task,
                JobWords.Moment(job.EnteredAt),
                job.Path,
                Note(job),
            ]),
        ]);
    }

    private static string Note(JobSummary job) => job switch
    {
        { State: JobState.Running, Progress: { } p } => string.Create(
            CultureInfo.InvariantCulture, $"{p.Iteration}/{p.Iterations}, {p.IterationsPerSecond:0.0} it/s, ETA {Restore.ProgressLine.Clock(TimeSpan.FromSeconds(p.RemainingSeconds))} on {job.Host}"),
        { State: JobState.Completed } => job.Output,
        { DueAt: { } due } => $"again at {JobWords.Moment(due)}: {job.Reason}",
        _ => job.Reason ?? (job.State == JobState.Running ? $"on {job.Host}" : ""),
    };
}
