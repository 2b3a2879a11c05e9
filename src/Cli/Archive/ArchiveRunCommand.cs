using System.CommandLine;
using System.Globalization;
using DipPipeline.Cli.Jobs;
using DipPipeline.Cli.Pipeline;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.PluginHost;
using DipPipeline.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli.Archive;

/// <summary><c>dip archive run</c>: checks a manifest, and enters it for the Watcher or, with <c>--dry-run</c>, says what it would cost.</summary>
internal sealed class ArchiveRunCommand(Terminal terminal, Func<IHost> host, CancellationToken stop)
{
    private static readonly Argument<string> s_source = new("MANIFEST|FOLDER|s3://PREFIX") { Description = "A manifest (.csv, .tsv, .jsonl, .ndjson), a folder of pictures, or a prefix of a store; what it names lies in the pipeline's pictures." };
    private static readonly Option<string?> s_task = new("--task", "-t") { Description = "What to do with rows that name no task: one that 'dip plugins ls' shows.", HelpName = "T" };
    private static readonly Option<string?> s_preset = new("--preset", "-p") { Description = "A preset of the task, for rows that name none.", HelpName = "P" };
    private static readonly Option<string[]> s_set = new("--set") { Description = "Options of the task; a row's own win. May be repeated.", HelpName = "key=value", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<long> s_seed = new("--seed") { Description = "Seed of every random draw.", HelpName = "N" };
    private static readonly Option<int> s_priority = new("--priority") { Description = "Of rows that name none; higher is sooner, and dropped pictures have 0.", HelpName = "N", DefaultValueFactory = _ => ManifestDefaults.ArchivePriority };
    private static readonly Option<string?> s_name = new("--name") { Description = "The run's name. Default: the manifest's.", HelpName = "NAME" };
    private static readonly Option<string?> s_watch = new("--watch", "-w") { Description = "The pipeline's folder of pictures. Default: ./watch.", HelpName = "DIR" };
    private static readonly Option<string?> s_output = new("--out", "-o") { Description = "The pipeline's folder of results. Default: ./restored.", HelpName = "DIR" };
    private static readonly Option<bool> s_dry = new("--dry-run") { Description = "Enter nothing: count, restore a few pictures, and say how long the whole would take." };
    private static readonly Option<int> s_pilot = new("--pilot") { Description = "Pictures to restore for the estimate; 0 only counts.", HelpName = "N", DefaultValueFactory = _ => 5 };
    private static readonly Option<int> s_workers = new("--workers") { Description = "Slots that would work at the same time, each like this machine.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<double?> s_price = new("--price") { Description = "What an hour of a worker costs.", HelpName = "AMOUNT" };
    private static readonly Option<string> s_device = new("--device") { Description = "Where the pilot computes: auto, cpu, or a CUDA device such as cuda:0.", HelpName = "D", DefaultValueFactory = _ => DeviceName.Auto };
    private static readonly Option<bool> s_json = new("--json") { Description = "Print one JSON document." };

    public static Command Create(Terminal terminal, Func<IHost> host, CancellationToken stop)
    {
        var command = new Command(
            "run",
            "Enters an archive for the pipeline's Watcher, which takes it a little at a time, behind what is dropped. The same command again goes on where it was.")
        {
            s_source, s_task, s_preset, s_set, s_seed, s_priority, s_name, s_watch, s_output, s_dry, s_pilot, s_workers, s_price, s_device, s_json,
        };
        command.SetAction(parsed => new ArchiveRunCommand(terminal, host, stop).Run(parsed));
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var (pilot, workers, price) = (parsed.GetValue(s_pilot), parsed.GetValue(s_workers), parsed.GetValue(s_price));
        Require(pilot is >= 0 and <= 1000, "--pilot", pilot, "0 to 1000");
        Require(workers is >= 1 and <= 1_000_000, "--workers", workers, "1 to 1000000");
        Require(price is null or (>= 0 and < double.PositiveInfinity), "--price", price, "0 or more");
        var settings = PipelineSettings.Read(parsed.GetValue(s_watch), parsed.GetValue(s_output));
        var source = parsed.GetValue(s_source)!;
        using var services = host();
        var tasks = services.Services.GetRequiredService<PluginCatalogue>();
        var defaults = new ManifestDefaults
        {
            Inputs = settings["Storage:Inputs"]!,
            Task = parsed.GetValue(s_task),
            Preset = parsed.GetValue(s_preset),
            Options = [.. (parsed.GetValue(s_set) ?? []).Select(pair => SetOption.Parse(pair))],
            Seed = parsed.GetValue(s_seed),
            Priority = parsed.GetValue(s_priority),
        };
        var task = defaults.Task is { } named ? tasks.Describe(named) : null;
        using var store = new ServiceCollection().AddInputs(settings).BuildServiceProvider();
        var manifest = Manifest.Open(source, task, settings.GetSection(StorageOptions.Section).Get<StorageOptions>()!, store.Inputs, stop);
        var name = RunName.Of(parsed.GetValue(s_name), source);
        if (StorageRoot.IsFolder(defaults.Inputs) && !Directory.Exists(defaults.Inputs))
        {
            throw new RefusedException($"The pipeline's folder of pictures, '{defaults.Inputs}', is not there; name it with --watch.");
        }

        var entry = new ManifestEntry(manifest, defaults, tasks, terminal);
        try
        {
            return Run(parsed, services.Services, settings, entry, name, store.Inputs, pilot, workers, price);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            terminal.Complain("Stopped; what was entered is kept, and the same command goes on from there.");
            return ExitCode.Cancelled;
        }
    }

    private int Run(ParseResult parsed, IServiceProvider services, IConfigurationRoot settings, ManifestEntry entry, string name, Func<IArtifactStore> inputs, int pilot, int workers, double? price)
    {
        if (parsed.GetValue(s_dry))
        {
            var trial = new DryRun(services, settings, DeviceName.Check(parsed.GetValue(s_device)!), terminal);
            var estimate = trial.Run(entry, pilot, workers, price, stop);
            Write(parsed, estimate, () => EstimateSheet.Write(terminal.Out, estimate));
            return ExitCode.Done;
        }

        var outcome = Enter(settings, entry, name);
        Write(parsed, outcome, () => terminal.Out.WriteLine(Sentence(outcome)));
        // Of a bucket the Watcher says it: it may be none of this machine's.
        if (StorageRoot.IsFolder(settings["Storage:Inputs"]!) && inputs().IsAwayAsync(stop).GetAwaiter().GetResult())
        {
            terminal.Complain($"There is no file to be read in '{settings["Storage:Inputs"]}': the rows wait until there is one, as if a mount was lost.");
        }

        return ExitCode.Done;
    }

    private RunOutcome Enter(IConfigurationRoot settings, ManifestEntry entry, string name)
    {
        var rows = entry.Check(stop);
        return CatalogueOfCommand.Use(settings, catalogue => entry.EnterAsync(catalogue, name, rows, stop));
    }

    private static string Sentence(RunOutcome outcome) => outcome switch
    {
        { Added: > 0 } => $"{RunWords.Count(outcome.Rows)} rows are entered as run '{outcome.Name}'; 'dip archive status {outcome.Name}' shows how it goes.",
        { Status.IsDone: true } => $"Run '{outcome.Name}' is done; 'dip archive report {outcome.Name}' says what became of it.",
        _ => $"Run '{outcome.Name}' was entered before, and goes on; 'dip archive status {outcome.Name}' shows how.",
    };

    private static void Require<T>(bool isRight, string option, T value, string accepted)
    {
        if (!isRight)
        {
            throw new RefusedException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; accepted: {accepted}."));
        }
    }

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
