using System.CommandLine;
using DipPipeline.Cli.Restore;
using DipPipeline.Cli.Terminals;
using DipPipeline.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli.Pipeline;

/// <summary>The grammar of <c>dip up</c>, and what it prints.</summary>
internal static class UpCommand
{
    private static readonly Option<string?> s_watch = new("--watch", "-w") { Description = "The folder of pictures: one folder in it for each task. Default: ./watch.", HelpName = "DIR" };
    private static readonly Option<string?> s_output = new("--out", "-o") { Description = "The folder of results. Default: ./restored.", HelpName = "DIR" };
    private static readonly Option<int?> s_slots = new("--slots") { Description = "Pictures restored at the same time. Default: 1 on the CPU; on each GPU 1 to 4, by its memory.", HelpName = "N" };
    private static readonly Option<string?> s_device = new("--device") { Description = "auto, cpu, or a CUDA device such as cuda:0.", HelpName = "D" };

    private static readonly Option<bool> s_health = new("--health") { Description = "Ask the 'dip up' that runs on this machine, by Health__Port, whether it lives, and end." };
    private static readonly Option<bool> s_check = new("--check") { Description = "Say what is wrong with the settings, and end." };

    public static Command Create(Terminal terminal, CancellationToken stop)
    {
        var command = new Command("up", "Runs the whole pipeline in this process: drop pictures into the watched folders, get them back restored. Ctrl-C stops it; the next 'dip up' goes on.")
        {
            s_watch, s_output, s_slots, s_device, s_health, s_check,
        };
        command.SetAction(parsed =>
        {
            var typed = new Dictionary<string, string?>();
            if (parsed.GetValue(s_slots) is { } slots)
            {
                typed["Host:Slots"] = slots.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            if (parsed.GetValue(s_device) is { } device)
            {
                typed["Host:Device"] = DeviceName.Check(device);
            }

            var settings = PipelineSettings.Read(parsed.GetValue(s_watch), parsed.GetValue(s_output), typed);
            if (parsed.GetValue(s_health))
            {
                return Task.Run(() => HealthProbe.AskAsync(settings, HealthProbe.Live, terminal.Error)).GetAwaiter().GetResult();
            }

            using var pipeline = PipelineProcess.Build(settings);
            if (parsed.GetValue(s_check))
            {
                return PipelineProcess.Check(pipeline);
            }

            return PipelineProcess.Run(pipeline, token => WaitAsync(pipeline, terminal, token), stop) is var code && code == ExitCode.Cancelled
                ? ExitCode.Done : code; // Ctrl-C is how this command ends; a service that gave up is a failure.
        });
        return command;
    }

    private static async Task<int> WaitAsync(IHost pipeline, Terminal terminal, CancellationToken ended)
    {
        var storage = pipeline.Services.GetRequiredService<PipelineStorage>();
        await terminal.Error.WriteLineAsync($"Drop pictures into the task folders of {storage.Inputs.Describe("")}; results come to {storage.Results.Describe("")}. Ctrl-C stops.").ConfigureAwait(false);
        await Task.Delay(Timeout.Infinite, ended).ConfigureAwait(false);
        return ExitCode.Done;
    }
}
