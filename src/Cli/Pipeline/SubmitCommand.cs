using System.CommandLine;
using DipPipeline.Cli.Jobs;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Options;
using DipPipeline.Jobs;
using DipPipeline.Messaging;
using DipPipeline.Messaging.Sending;
using DipPipeline.PluginHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using RealPath = DipPipeline.Storage.RealPath;
using StorageRoot = DipPipeline.Storage.StorageRoot;

namespace DipPipeline.Cli.Pipeline;

/// <summary>
/// <c>dip submit</c>: asks the Watcher to enter pictures of the storage that lie in no watched folder, or with other options than their
/// folder's. Through the broker where the settings name one, else through the catalogue of <c>dip up</c>.
/// </summary>
internal sealed class SubmitCommand(Terminal terminal, Func<IHost> host)
{
    // A message names so many pictures at most.
    private const int PathsOfAMessage = 100;

    private static readonly Argument<string[]> s_paths = new("PATH") { Description = "Pictures in the pipeline's folder of pictures: files, or patterns such as 'watch/**/*.jpg'.", Arity = ArgumentArity.OneOrMore };
    private static readonly Option<string?> s_task = new("--task", "-t") { Description = "What to do: a task that 'dip plugins ls' shows.", HelpName = "T" };
    private static readonly Option<string?> s_preset = new("--preset", "-p") { Description = "A preset of the task.", HelpName = "P" };
    private static readonly Option<string[]> s_set = new("--set") { Description = "Options of the task. May be repeated.", HelpName = "key=value", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<long> s_seed = new("--seed") { Description = "Seed of every random draw.", HelpName = "N" };
    private static readonly Option<int> s_priority = new("--priority") { Description = "Higher is sooner. Default: 0.", HelpName = "N" };
    private static readonly Option<string?> s_watch = new("--watch", "-w") { Description = "The pipeline's folder of pictures. Default: ./watch.", HelpName = "DIR" };
    private static readonly Option<string?> s_output = new("--out", "-o") { Description = "The pipeline's folder of results. Default: ./restored.", HelpName = "DIR" };

    private static readonly Option<bool> s_json = new("--json") { Description = "Print what was handed over as one JSON document." };

    public static Command Create(Terminal terminal, Func<IHost> host)
    {
        var command = new Command(
            "submit",
            "Hands pictures to a running pipeline: through the broker that Messaging__RabbitMq names, else through its catalogue (Jobs__Provider, Jobs__ConnectionString, Jobs__File).")
        {
            s_paths, s_task, s_preset, s_set, s_seed, s_priority, s_watch, s_output, s_json,
        };
        command.SetAction(parsed => new SubmitCommand(terminal, host).Run(parsed));
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var settings = PipelineSettings.Read(parsed.GetValue(s_watch), parsed.GetValue(s_output));
        var request = Checked(parsed);
        var paths = Paths(parsed.GetValue(s_paths)!, settings["Storage:Inputs"]!);
        Task.Run(() => SendAsync(settings, paths.Chunk(PathsOfAMessage).Select(part => request with { Paths = part }))).GetAwaiter().GetResult();
        if (parsed.GetValue(s_json))
        {
            terminal.Out.WriteLine(JobJson.Write(request with { Paths = paths }));
            return ExitCode.Done;
        }

        terminal.Out.WriteLine($"{(paths.Count == 1 ? "1 picture" : $"{paths.Count} pictures")} handed over; 'dip jobs ls' shows what becomes of {(paths.Count == 1 ? "it" : "them")}.");
        return ExitCode.Done;
    }

    // What the Watcher would refuse later is refused now.
    private SubmitRestoration Checked(ParseResult parsed)
    {
        using var services = host();
        var catalogue = services.Services.GetRequiredService<PluginCatalogue>();
        var task = catalogue.Describe(Plugins.KnownTasks.Require(parsed.GetValue(s_task), catalogue, "--task"));
        var options = (parsed.GetValue(s_set) ?? []).Select(pair => SetOption.Parse(pair)).ToList();
        OptionResolver.Resolve(task, parsed.GetValue(s_preset), options);
        return new SubmitRestoration
        {
            Paths = [],
            Task = task.Id,
            Preset = parsed.GetValue(s_preset),
            Options = options.GroupBy(o => o.Key).ToDictionary(o => o.Key, o => o.Last().Value),
            Seed = parsed.GetValue(s_seed),
            Priority = parsed.GetValue(s_priority),
        };
    }

    private static IReadOnlyList<string> Paths(IEnumerable<string> given, string inputs)
    {
        if (!StorageRoot.IsFolder(inputs))
        {
            // Whether they are there is the Watcher's to see, which has the key to the store.
            var store = StorageRoot.Place(inputs, "") + "/";
            return [.. given.Select(path => path.StartsWith(store, StringComparison.Ordinal) && path.Length > store.Length
                ? path[store.Length..]
                : throw new RefusedException($"'{path}' does not lie in the pipeline's store of pictures; accepted: '{store}…'.")).Distinct()];
        }

        var root = RealPath.Of(inputs);
        var paths = new List<string>();
        foreach (var image in given)
        {
            var files = PicturePattern.Is(image) ? PicturePattern.Expand(image) : [image];
            if (files.Count == 0)
            {
                throw new RefusedException($"No picture matches '{image}'.");
            }

            foreach (var file in files)
            {
                var real = RealPath.Of(file);
                paths.Add(!File.Exists(real) ? throw new RefusedException($"'{file}' does not exist; accepted: a picture in '{inputs}'.")
                    : !real.StartsWith(root + "/", StringComparison.Ordinal) ? throw new RefusedException($"'{file}' does not lie in the pipeline's folder of pictures, '{inputs}'; put it there, or name another one with --watch.")
                    : Path.GetRelativePath(root, real));
            }
        }

        return [.. paths.Distinct()];
    }

    private static async Task SendAsync(IConfigurationRoot settings, IEnumerable<SubmitRestoration> requests)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new() { ApplicationName = "dip" });
        var hasBroker = settings["Messaging:RabbitMq"] is { Length: > 0 };
        builder.Services.AddLogging().AddJobCatalogue(settings.GetSection("Jobs"));
        if (hasBroker)
        {
            builder.Services.AddMessaging(settings.GetSection(MessagingOptions.Section));
        }

        using var process = builder.Build();
        await process.StartAsync().ConfigureAwait(false);
        try
        {
            foreach (var request in requests)
            {
                if (hasBroker)
                {
                    await process.Services.GetRequiredService<IPipelineBus>().SendAsync(request).ConfigureAwait(false);
                }
                else
                {
                    var catalogue = process.Services.GetRequiredService<JobCatalogue>();
                    await catalogue.MigrateAsync().ConfigureAwait(false);
                    await catalogue.SubmitAsync(request).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            await process.StopAsync().ConfigureAwait(false);
        }
    }
}
