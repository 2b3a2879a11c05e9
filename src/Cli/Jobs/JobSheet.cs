using System.Globalization;
using DipPipeline.Cli.Terminals;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Cli.Jobs;

/// <summary><c>dip jobs show</c>.</summary>
internal static class JobSheet
{
    public static void Write(TextWriter output, JobDetail job, bool json)
    {
        if (json)
        {
            output.WriteLine(JobJson.Write(job));
            return;
        }

        var summary = job.Summary;
        Table.Write(output,
        [
            ["job", summary.JobId],
            ["state", JobWords.Of(summary.State) + (summary.Reason is { } reason ? $": {reason}" : "")],
            ["task", $"{summary.Task} {job.PluginVersion}, preset {job.Preset}, seed {job.Seed.ToString(CultureInfo.InvariantCulture)}"],
            ["picture", $"{job.Picture.Path} ({job.Picture.Length.ToString("N0", CultureInfo.InvariantCulture)} bytes, SHA-256 {job.Picture.Sha256})"],
            .. job.Companions.Select(c => (string[])[c.Key, $"{c.Value.Path} (SHA-256 {c.Value.Sha256})"]),
            .. job.Placements.Select(p => (string[])["result", $"{p.Output}, generation {p.Generation}{(p.Output == summary.Output ? "" : $", copy for {p.SourcePath}: {p.State.ToString().ToLowerInvariant()}")}"]),
            ["entered", JobWords.Moment(summary.EnteredAt)],
            ["ended", JobWords.Moment(summary.EndedAt)],
            .. Metrics(job),
        ]);
        if (job.Attempts.Count > 0)
        {
            output.WriteLine();
            Table.Write(output,
            [
                ["ATTEMPT", "SLICE", "HOST", "STARTED", "ENDED", "OUTCOME"],
                .. job.Attempts.Select(a => (string[])
                [
                    string.Create(CultureInfo.InvariantCulture, $"{a.Generation}.{a.Number}"),
                    a.Slice.ToString(CultureInfo.InvariantCulture),
                    a.Host,
                    JobWords.Moment(a.StartedAt),
                    JobWords.Moment(a.EndedAt),
                    (a.Outcome?.ToString().ToLowerInvariant() ?? "at work") + (a.Reason is { } why ? $": {why}" : ""),
                ]),
            ]);
        }

        foreach (var line in job.History)
        {
            output.WriteLine(line);
        }

        output.WriteLine();
        Table.Write(output, [["OPTION", "VALUE"], .. job.Options.Select(o => (string[])[o.Key, o.Value])]);
    }

    private static IEnumerable<string[]> Metrics(JobDetail job)
    {
        if (job.Metrics is not { } metrics)
        {
            yield break;
        }

        yield return ["run", string.Create(CultureInfo.InvariantCulture, $"{metrics.Iterations} iterations in {metrics.Seconds:0.0} s on {metrics.Device}, {metrics.Precision}, {metrics.Threads} thread(s)")];
        yield return ["stopped by", metrics.StoppedBy];
        if (metrics.NoiseSigma is { } sigma)
        {
            yield return ["noise", string.Create(CultureInfo.InvariantCulture, $"σ = {sigma:0.0} of 255")];
        }

        foreach (var warning in metrics.Warnings)
        {
            yield return ["warning", warning];
        }
    }
}
