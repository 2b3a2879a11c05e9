using DipPipeline.Cli.Terminals;
using DipPipeline.Jobs.Commands;

namespace DipPipeline.Cli.Jobs;

/// <summary>What <c>dip jobs cancel</c> and <c>retry</c> did.</summary>
internal static class CommandOutcome
{
    // Enough to see what is the matter; the rest is counted.
    private const int MostNamed = 10;

    public static void Write(Terminal terminal, CommandReport report, string done, bool json)
    {
        if (json)
        {
            terminal.Out.WriteLine(JobJson.Write(report));
            return;
        }

        var pending = report.Pending == 0 ? "" : $", {report.Pending} more as soon as the Watcher has seen to them";
        terminal.Out.WriteLine($"{Count(report.Done)} {done}{pending}.");
        foreach (var job in report.Untouched.Take(MostNamed))
        {
            terminal.Complain($"job {job.JobId}: {job.Reason}");
        }

        if (report.Untouched.Count > MostNamed)
        {
            terminal.Complain($"and {report.Untouched.Count - MostNamed} more were left as they are.");
        }
    }

    private static string Count(int jobs) => jobs == 1 ? "1 job" : $"{jobs} jobs";
}
