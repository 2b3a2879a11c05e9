using System.CommandLine;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts.Tasks;
using DipPipeline.PluginHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli.Plugins;

/// <summary>The grammar of <c>dip plugins</c>. Listing tries each plugin, so that its reason is shown where it does not load; describing reads manifests only.</summary>
internal static class PluginsCommand
{
    public static Command Create(Func<IHost> host) => new("plugins", "Shows and packs the task plugins.") { List(host), Describe(host), Pack(host) };

    private static Command List(Func<IHost> host)
    {
        var json = new Option<bool>("--json") { Description = "Print a JSON array." };
        var command = new Command("ls", "Lists the plugins, with the reason where one cannot be used.") { json };
        command.SetAction(parsed => Run(host, (catalogue, terminal) => PluginList.Write(terminal.Out, catalogue.LoadAll().Entries, parsed.GetValue(json))));
        return command;
    }

    private static Command Describe(Func<IHost> host)
    {
        var task = new Argument<string>("TASK") { Description = "A task that 'dip plugins ls' shows.", Arity = ArgumentArity.ZeroOrOne };
        var json = new Option<bool>("--json") { Description = "Print the plugin's manifest." };
        var command = new Command("describe", "Shows a task's formula, presets, companions and options.") { task, json };
        command.SetAction(parsed => Run(host, (catalogue, terminal) =>
        {
            var id = catalogue.Describe(KnownTasks.Require(parsed.GetValue(task), catalogue, "'dip plugins describe TASK'")).Id;
            var manifest = catalogue.Entries.First(e => e.Status != PluginStatus.Failed && e.Manifest?.Task.Id == id).Manifest!;
            if (parsed.GetValue(json))
            {
                terminal.Out.WriteLine(manifest.ToJson());
            }
            else
            {
                TaskDescription.Write(terminal.Out, manifest.Task);
            }
        }));
        return command;
    }

    private static Command Pack(Func<IHost> host)
    {
        var assembly = new Argument<string>("DLL") { Description = "The plugin's assembly, in a folder with all it needs." };
        var command = new Command("pack", "Makes the folder of a built assembly a plugin, by writing its plugin.json.") { assembly };
        command.SetAction(parsed => Run(host, (_, terminal) =>
        {
            var path = parsed.GetValue(assembly)!;
            var manifest = PluginPackager.Write(path);
            terminal.Out.WriteLine($"Task '{manifest.Task.Id}' {manifest.Task.Version}; copy '{Path.GetDirectoryName(Path.GetFullPath(path))}' into '{PluginFolder.Locate()}' to use it.");
        }));
        return command;
    }

    private static int Run(Func<IHost> host, Action<PluginCatalogue, Terminal> action)
    {
        using var services = host();
        action(services.Services.GetRequiredService<PluginCatalogue>(), services.Services.GetRequiredService<Terminal>());
        return ExitCode.Done;
    }
}
