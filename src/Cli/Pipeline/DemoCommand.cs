using System.CommandLine;
using System.Globalization;
using DipPipeline.Cli.Jobs;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli.Pipeline;

/// <summary><c>dip demo</c>: the pipeline on the samples, then a table of what came out.</summary>
internal static class DemoCommand
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(500);

    private static readonly Option<string> s_folder = new("--out", "-o")
    {
        Description = "The folder of the demonstration, with 'watch' and 'restored' in it.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Join(".", "demo"),
    };

    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var command = new Command("demo", "Runs the pipeline on the samples: drops them into watched folders, waits, and shows what came out where.") { s_folder };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetValue(s_folder)!;
            var (watch, output) = (Path.Join(folder, "watch"), Path.Join(folder, "restored"));
            var samples = DemoSamples.Locate();
            using var pipeline = PipelineProcess.Build(PipelineSettings.Read(watch, output), quiet: true);
            var plugins = pipeline.Services.GetRequiredService<PluginHost.PluginCatalogue>();
            foreach (var task in DemoSamples.Tasks)
            {
                // Its folder would not be watched, and its sample waited for in vain.
                plugins.Describe(task);
            }

            return PipelineProcess.Run(pipeline, token => RunAsync(pipeline.Services.GetRequiredService<JobCatalogue>(), terminal, samples, watch, output, token), stop);
        });
        return command;
    }

    private static async Task<int> RunAsync(JobCatalogue catalogue, Terminal terminal, DemoSamples samples, string watch, string output, CancellationToken stop)
    {
        await terminal.Error.WriteLineAsync($"The pipeline runs in this process; {samples.Count} samples are dropped into {watch}").ConfigureAwait(false);
        // The Watcher does the same in its own time; whoever comes first does it.
        await catalogue.MigrateAsync(stop).ConfigureAwait(false);
        samples.Drop(watch);
        IReadOnlyList<JobSummary> jobs;
        try
        {
            do
            {
                await Task.Delay(s_poll, stop).ConfigureAwait(false);
                jobs = await catalogue.ListAsync(new JobFilter(), stop).ConfigureAwait(false);
                Show(terminal, jobs);
            }
            while (jobs.Count < samples.Count || jobs.Any(job => job.State is JobState.Waiting or JobState.Queued or JobState.Running));
        }
        catch (OperationCanceledException)
        {
            terminal.Complain("stopped; 'dip demo' goes on from its last checkpoints.");
            throw;
        }

        Wipe(terminal);
        Table.Write(terminal.Out, [["PICTURE", "TASK", "STATE", "RESULT", "ITERATIONS", "SECONDS", "PSNR"], .. await RowsAsync(catalogue, jobs, samples, output).ConfigureAwait(false)]);
        return jobs.All(job => job.State == JobState.Completed) ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<IReadOnlyList<string[]>> RowsAsync(JobCatalogue catalogue, IReadOnlyList<JobSummary> jobs, DemoSamples samples, string output)
    {
        var rows = new List<string[]>();
        foreach (var job in jobs.OrderBy(j => j.Path, StringComparer.Ordinal))
        {
            var metrics = (await catalogue.FindAsync(job.JobId).ConfigureAwait(false))?.Metrics;
            rows.Add(
            [
                job.Path,
                job.Task,
                JobWords.Of(job.State),
                metrics is null ? job.Reason ?? "" : Path.Join(output, job.Output),
                metrics?.Iterations.ToString(CultureInfo.InvariantCulture) ?? "-",
                metrics?.Seconds.ToString("0.0", CultureInfo.InvariantCulture) ?? "-",
                metrics is null ? "-" : samples.Quality(Path.Join(output, job.Output)),
            ]);
        }

        return rows;
    }

    private static void Show(Terminal terminal, IReadOnlyList<JobSummary> jobs)
    {
        if (terminal.IsInteractive && jobs.FirstOrDefault(job => job.State == JobState.Running) is { } running)
        {
            var done = jobs.Count(job => job.State == JobState.Completed);
            var progress = running.Progress is { } p
                ? string.Create(CultureInfo.InvariantCulture, $" {p.Iteration}/{p.Iterations}, {p.IterationsPerSecond:0.0} it/s, ETA {Restore.ProgressLine.Clock(TimeSpan.FromSeconds(p.RemainingSeconds))}") : "";
            terminal.Error.Write($"\r{done} of {jobs.Count} done; {running.Path}{progress}\e[K");
            terminal.Error.Flush();
        }
    }

    private static void Wipe(Terminal terminal)
    {
        if (terminal.IsInteractive)
        {
            terminal.Error.Write("\r\e[K");
        }
    }
}
