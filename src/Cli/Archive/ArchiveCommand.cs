using System.CommandLine;
using DipPipeline.Cli.Jobs;
using DipPipeline.Cli.Pipeline;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Runs;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli.Archive;

/// <summary>The grammar of <c>dip archive</c>, but for <c>run</c>.</summary>
internal sealed class ArchiveCommand(Terminal terminal)
{
    private const int NewestRuns = 20;

    private static readonly Option<string?> s_output = new("--out", "-o")
    {
        Description = "The folder of results whose runs are meant. Default: ./restored, or the catalogue that Jobs__Provider=postgres and Jobs__ConnectionString name.",
        HelpName = "DIR",
    };

    private static readonly Option<bool> s_json = new("--json") { Description = "Print one JSON document." };

    public static Command Create(Terminal terminal, Func<IHost> host, CancellationToken stop)
    {
        var command = new ArchiveCommand(terminal);
        return new("archive", "Restores archives: up to millions of pictures, by a manifest or a folder.")
        {
            ArchiveRunCommand.Create(terminal, host, stop),
            command.Status(),
            command.Change("pause", "Takes no more rows of a run; what is at work is finished.", "is paused", "was paused already", (catalogue, name) => catalogue.PauseRunAsync(name, stop)),
            command.Change("resume", "Goes on with a run that was paused.", "goes on", "was not paused", (catalogue, name) => catalogue.ResumeRunAsync(name, stop)),
            command.Retry(stop),
            command.Report(stop),
        };
    }

    private Command Status()
    {
        var name = new Argument<string?>("NAME") { Description = $"A run; where none is named, those that have not ended and the newest {NewestRuns}.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("status", "Shows how runs stand.") { name, s_output, s_json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(name) is { } given)
            {
                var run = CatalogueOfCommand.Use(parsed.GetValue(s_output), catalogue => catalogue.RunStatusAsync(given));
                Write(parsed, run, () => RunWords.WriteSheet(terminal.Out, run, DateTimeOffset.UtcNow));
                return ExitCode.Done;
            }

            var runs = CatalogueOfCommand.Use(parsed.GetValue(s_output), catalogue => catalogue.RunsAsync(NewestRuns));
            Write(parsed, runs, () => RunWords.WriteList(terminal.Out, runs));
            return ExitCode.Done;
        });
        return command;
    }

    private Command Change(string verb, string help, string done, string undone, Func<JobCatalogue, string, Task<RunCommandReport>> change)
    {
        var name = Name();
        var command = new Command(verb, help) { name, s_output, s_json };
        command.SetAction(parsed =>
        {
            var report = CatalogueOfCommand.Use(parsed.GetValue(s_output), catalogue => change(catalogue, parsed.GetValue(name)!));
            Write(parsed, report, () => terminal.Out.WriteLine($"Run '{report.Name}' {(report.Changed ? done : undone)}."));
            return ExitCode.Done;
        });
        return command;
    }

    private Command Retry(CancellationToken stop)
    {
        var name = Name();
        var failed = new Option<bool>("--failed") { Description = "The rows that were rejected, failed or cancelled." };
        var command = new Command("retry", "Has rows that did not succeed taken again.") { name, failed, s_output, s_json };
        command.SetAction(parsed =>
        {
            if (!parsed.GetValue(failed))
            {
                throw new RefusedException("Say which rows to try again: 'dip archive retry NAME --failed' takes those that were rejected, failed or cancelled.");
            }

            var report = CatalogueOfCommand.Use(parsed.GetValue(s_output), catalogue => catalogue.RetryRunAsync(parsed.GetValue(name)!, stop));
            Write(parsed, report, () => terminal.Out.WriteLine($"{RunWords.Count(report.Rows)} row(s) of run '{report.Name}' are tried again in their turn."));
            return ExitCode.Done;
        });
        return command;
    }

    private Command Report(CancellationToken stop)
    {
        var name = Name();
        var folder = new Option<string>("--to") { Description = "The folder that NAME.report.csv and NAME.report.html are written into.", HelpName = "DIR", DefaultValueFactory = _ => "." };
        var command = new Command("report", "Writes what became of a run: every row as CSV, and one HTML page.") { name, folder, s_output, s_json };
        command.SetAction(parsed =>
        {
            var settings = PipelineSettings.Read(null, parsed.GetValue(s_output));
            var files = CatalogueOfCommand.Use(
                parsed.GetValue(s_output), catalogue => new RunReport(catalogue, settings).WriteAsync(parsed.GetValue(name)!, parsed.GetValue(folder)!, stop));
            Write(parsed, files, () => terminal.Out.WriteLine($"{files.Csv}{Environment.NewLine}{files.Html}"));
            return ExitCode.Done;
        });
        return command;
    }

    private static Argument<string> Name() => new("NAME") { Description = "The run, as 'dip archive status' names it." };

    private void Write<T>(ParseResult parsed, T document, Action text)
    {
        if (parsed.GetValue(s_json))
        {
            terminal.Out.WriteLine(JobJson.Write(document));
        }
        else
        {
            text();
        }
    }
}
