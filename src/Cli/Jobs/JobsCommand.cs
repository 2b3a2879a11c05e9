using System.CommandLine;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Cli.Jobs;

/// <summary>The grammar of <c>dip jobs</c>.</summary>
internal sealed class JobsCommand(Terminal terminal)
{
    private static readonly Option<string?> s_output = new("--out", "-o")
    {
        Description = "The folder of results whose jobs are meant. Default: ./restored, or the catalogue that Jobs__Provider=postgres and Jobs__ConnectionString name.",
        HelpName = "DIR",
    };

    private static readonly Option<bool> s_json = new("--json") { Description = "Print one JSON document." };
    private static readonly Option<string[]> s_states = new("--state", "-s")
    {
        Description = $"Only jobs in these states: {string.Join(", ", Enum.GetValues<JobState>().Select(JobWords.Of))}.",
        HelpName = "STATE",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> s_task = new("--task", "-t") { Description = "Only jobs of this task.", HelpName = "T" };
    private static readonly Option<string?> s_path = new("--path") { Description = "Only pictures whose path fits, such as 'denoise/album/*'.", HelpName = "PATTERN" };
    private static readonly Option<string?> s_since = new("--since") { Description = "Only jobs entered since: 30m, 12h, 7d, or 2026-11-24.", HelpName = "WHEN" };
    private static readonly Option<bool> s_all = new("--all") { Description = "All jobs, where no other filter is given." };
    private static readonly Option<int> s_limit = new("--limit", "-n") { Description = "At most so many, the newest.", HelpName = "N", DefaultValueFactory = _ => 50 };

    public static Command Create(Terminal terminal)
    {
        var command = new JobsCommand(terminal);
        return new("jobs", "Shows, cancels and retries the jobs of the pipeline.") { command.List(), command.Show(), command.Cancel(), command.Retry() };
    }

    private Command List()
    {
        var command = new Command("ls", "Lists jobs, newest first.") { s_states, s_task, s_path, s_since, s_limit, s_output, s_json };
        command.SetAction(parsed =>
        {
            var jobs = CatalogueOfCommand.Use(parsed.GetValue(s_output), catalogue => catalogue.ListAsync(Filter(parsed) with { Limit = parsed.GetValue(s_limit) }));
            JobList.Write(terminal.Out, jobs, parsed.GetValue(s_json));
            return ExitCode.Done;
        });
        return command;
    }

    private Command Show()
    {
        var id = new Argument<string>("ID") { Description = "A job's id, or as much of its beginning as is unique." };
        var command = new Command("show", "Shows everything about one job.") { id, s_output, s_json };
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(id)!;
            var job = CatalogueOfCommand.Use(parsed.GetValue(s_output), catalogue => catalogue.FindAsync(given))
                ?? throw new RefusedException($"There is no job '{given}'; 'dip jobs ls' shows those there are.");
            JobSheet.Write(terminal.Out, job, parsed.GetValue(s_json));
            return ExitCode.Done;
        });
        return command;
    }

    private Command Cancel() => Change(
        "cancel", "Cancels jobs: waiting ones at once, running ones within an iteration.", "cancelled",
        (catalogue, ids) => catalogue.CancelAsync(ids), (catalogue, filter) => catalogue.CancelAsync(filter));

    private Command Retry() => Change(
        "retry", "Queues rejected, failed and cancelled jobs again.", "queued again",
        (catalogue, ids) => catalogue.RetryAsync(ids), (catalogue, filter) => catalogue.RetryAsync(filter));

    private Command Change(
        string name, string help, string done, Func<JobCatalogue, IReadOnlyCollection<string>, Task<CommandReport>> byId, Func<JobCatalogue, JobFilter, Task<CommandReport>> byFilter)
    {
        var ids = new Argument<string[]>("ID") { Description = "Jobs, by their ids or unique beginnings.", Arity = ArgumentArity.ZeroOrMore };
        var command = new Command(name, help) { ids, s_states, s_task, s_path, s_since, s_all, s_output, s_json };
        command.SetAction(parsed =>
        {
            var given = parsed.GetValue(ids) ?? [];
            var filter = Filter(parsed);
            var isFiltered = filter != new JobFilter() || parsed.GetValue(s_all);
            if (given.Length > 0 == isFiltered)
            {
                throw new RefusedException($"Say which jobs 'dip jobs {name}' is about: their ids, or a filter (--state, --task, --path, --since), or --all.");
            }

            var report = CatalogueOfCommand.Use(parsed.GetValue(s_output), async catalogue => given.Length == 0
                ? await byFilter(catalogue, filter).ConfigureAwait(false)
                : await byId(catalogue, await Whole(catalogue, given).ConfigureAwait(false)).ConfigureAwait(false));
            CommandOutcome.Write(terminal, report, done, parsed.GetValue(s_json));
            // A filter finds what it finds; an id that was named and left as it is was not what the person wanted.
            return given.Length > 0 && report.Untouched.Count > 0 ? ExitCode.Refused : ExitCode.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyCollection<string>> Whole(JobCatalogue catalogue, IEnumerable<string> given)
    {
        var whole = new List<string>();
        foreach (var id in given)
        {
            whole.Add((await catalogue.FindAsync(id).ConfigureAwait(false))?.Summary.JobId
                ?? throw new RefusedException($"There is no job '{id}'; 'dip jobs ls' shows those there are."));
        }

        return whole;
    }

    private static JobFilter Filter(ParseResult parsed)
    {
        // A list equals no other list, so that it stays out of a filter that says nothing.
        var states = (parsed.GetValue(s_states) ?? []).SelectMany(s => s.Split(',')).Select(JobWords.State).ToList();
        var filter = new JobFilter
        {
            Task = parsed.GetValue(s_task),
            Path = parsed.GetValue(s_path),
            Since = parsed.GetValue(s_since) is { } since ? JobWords.Since(since, DateTimeOffset.UtcNow) : null,
        };
        return states.Count == 0 ? filter : filter with { States = states };
    }
}
