using System.CommandLine;
using System.Reflection;
using DipPipeline.Cli.Archive;
using DipPipeline.Cli.Bench;
using DipPipeline.Cli.Jobs;
using DipPipeline.Cli.Pipeline;
using DipPipeline.Cli.Plugins;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli;

/// <summary>The <c>dip</c> command: parses, runs, and turns every way of ending into an exit code and one sentence.</summary>
internal static class DipCommand
{
    public const string Name = "dip";

    /// <summary>Prints the stack trace of a failure too.</summary>
    public static Option<bool> Verbose { get; } = new("--verbose") { Description = "Show the details of a failure.", Recursive = true };

    /// <param name="args">As the shell gave them.</param>
    /// <param name="terminal">Where to print.</param>
    /// <param name="replace">Lets tests put parts of their own into the host.</param>
    /// <param name="stop">Cancelled by the first Ctrl-C.</param>
    public static int Run(
        IReadOnlyList<string> args, Terminal terminal, Action<IServiceCollection>? replace = null, CancellationToken stop = default)
    {
        // A picture may be called @photo.png: it is no response file.
        var parsed = Root(() => DipHost.Build(terminal, replace), terminal, stop).Parse(args, new() { ResponseFileTokenReplacer = null });
        try
        {
            if (parsed.Errors.Count > 0 && parsed.Action is not System.CommandLine.Help.HelpAction)
            {
                throw new RefusedException(UsageError.Sentence(parsed));
            }

            // The tool has its own signal handling and its own last catch.
            return parsed.Invoke(new()
            {
                Output = terminal.Out,
                Error = terminal.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (RefusedException refused)
        {
            return End(new(null, Ending.Refused, Error: refused.Message));
        }
#pragma warning disable CA1031 // The last boundary: what happened becomes a sentence and an exit code.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Failure.Details(failure, terminal, parsed.GetResult(Verbose) is { Implicit: false });
            return End(new(null, Ending.Failed, Error: Failure.Sentence(failure)));
        }

        int End(Outcome outcome)
        {
            terminal.Complain(outcome.Error!);
            if (RestoreCommand.IsJson(parsed))
            {
                terminal.Out.WriteLine(RestoreJson.Document([outcome], RestoreCommand.AreSeveral(parsed)));
            }

            return Outcome.Code([outcome]);
        }
    }

    // Not a RootCommand: that one is called after the program's file.
    private static Command Root(Func<IHost> host, Terminal terminal, CancellationToken stop)
    {
        var root = new Command(Name, "Restores pictures by optimising an untrained network on each one (Deep Image Prior).")
        {
            RestoreCommand.Create(host, stop),
            DemoCommand.Create(terminal, stop),
            UpCommand.Create(terminal, stop),
            SubmitCommand.Create(terminal, host),
            JobsCommand.Create(terminal),
            ArchiveCommand.Create(terminal, host, stop),
            PluginsCommand.Create(host),
            BenchCommand.Create(terminal, host, stop),
        };
        root.Options.Add(new System.CommandLine.Help.HelpOption());
        root.Options.Add(new VersionOption { Action = new VersionAction() });
        root.Options.Add(Verbose);
        return root;
    }

    private sealed class VersionAction : System.CommandLine.Invocation.SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var version = typeof(DipCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
            parseResult.InvocationConfiguration.Output.WriteLine($"dip {version}");
            return ExitCode.Done;
        }
    }
}
