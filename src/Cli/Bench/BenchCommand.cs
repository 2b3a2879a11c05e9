using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using DipPipeline.Cli.Terminals;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Options;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli.Bench;

/// <summary>The grammar of <c>dip bench</c>.</summary>
internal static class BenchCommand
{
    /// <summary>The hidden commands of the processes that <c>dip bench engine</c> starts.</summary>
    public const string IterateName = "iterate";

    /// <inheritdoc cref="IterateName"/>
    public const string RestoreName = "restore";

    private const string None = "none";

    private static readonly JsonSerializerOptions s_line = new(JsonSerializerDefaults.Web) { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    private static readonly Option<string[]> s_networks = Many("--networks", "P,…", $"Presets of '{EngineBenchSettings.Task}' whose networks are timed, or none. Default: all.");
    private static readonly Option<string[]> s_sizes = Many("--size", "N,…", "Sides of the picture in pixels. Default: 256, and 512 for the network of the paper.");
    private static readonly Option<string[]> s_precisions = Many("--precision", "P,…", "float32, bfloat16. Default: float32, and bfloat16 where the device computes it faster.");
    private static readonly Option<int?> s_rounds = new("--rounds") { Description = "Measurements of each. Default: 5, or 2 with --quick.", HelpName = "N", CustomParser = given => Whole(given, "--rounds") };
    private static readonly Option<int?> s_iterations = new("--iterations") { Description = "Iterations in a round. Default: about a second's, 100 at most.", HelpName = "N", CustomParser = given => Whole(given, "--iterations") };
    private static readonly Option<string[]> s_quality = Many("--quality", "P,…", "Presets that the samples, or --picture, are restored with, or none. Default: fast, or none with --quick.");
    private static readonly Option<string> s_picture = new("--picture") { Description = "A picture to denoise in the samples' place.", HelpName = "NOISY" };
    private static readonly Option<string> s_reference = new("--reference") { Description = "The clean picture of --picture.", HelpName = "CLEAN" };
    private static readonly Option<double?> s_toPsnr = new("--to-psnr") { Description = "End a restoration once it reaches so many dB.", HelpName = "DB", CustomParser = Decibels };
    private static readonly Option<string[]> s_against = Many("--against", "E,…",
        "Time PyTorch beside it, alternating: pytorch (float32), pytorch-best (bfloat16, channels-last), pytorch-huge (float32, of our memory only the huge pages), pytorch-plain (float32, as Python starts).");

    private static readonly Option<string> s_python = new("--python") { Description = "The Python that has torch.", HelpName = "FILE", DefaultValueFactory = _ => "python3" };
    private static readonly Option<bool> s_profile = new("--profile") { Description = "Time the operations of an iteration." };
    private static readonly Option<string[]> s_set = new("--set") { Description = "Options of the task for every network and every picture. May be repeated.", HelpName = "key=value", AllowMultipleArgumentsPerToken = true };
    private static readonly Option<bool> s_quick = new("--quick") { Description = "A minute instead of many: two rounds, 256x256 only, no restorations." };
    private static readonly Option<string> s_device = new("--device") { Description = "auto, cpu, or a CUDA device such as cuda:0.", HelpName = "D", DefaultValueFactory = _ => Restore.DeviceName.Auto };
    private static readonly Option<bool> s_json = new("--json") { Description = "Print one JSON document." };

    public static Command Create(Terminal terminal, Func<IHost> host, CancellationToken stop) =>
        new("bench", "Measures this program on this machine.") { Engine(terminal, host, stop), Iterate(host), Restoration(host, stop) };

    private static Command Engine(Terminal terminal, Func<IHost> host, CancellationToken stop)
    {
        var command = new Command("engine", "Measures the engine: the machine, time per iteration, time to quality, memory.")
        {
            s_networks, s_sizes, s_precisions, s_rounds, s_iterations, s_quality, s_picture, s_reference, s_toPsnr, s_against, s_python, s_profile, s_set, s_quick, s_device, s_json,
        };
        command.SetAction(parsed =>
        {
            var settings = Read(parsed);
            using var services = host();
            try
            {
                var report = services.Services.GetRequiredService<EngineBench>().Run(settings, stop);
                if (settings.Json)
                {
                    terminal.Out.WriteLine(report.ToJson());
                }
                else
                {
                    EngineSheet.Write(terminal.Out, report);
                }

                return ExitCode.Done;
            }
            catch (Exception e) when (e is InvalidOperationException or OperationCanceledException && stop.IsCancellationRequested)
            {
                terminal.Complain("stopped; nothing is kept.");
                return ExitCode.Cancelled;
            }
        });
        return command;
    }

    private static Command Iterate(Func<IHost> host)
    {
        var network = new Option<string>("--network") { Required = true };
        var size = new Option<int>("--size") { Required = true };
        var command = new Command(IterateName, "Runs iterations as standard input asks.") { network, size, s_set, s_device };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            using var services = host();
            services.Services.GetRequiredService<IterationWorker>().Serve(
                parsed.GetValue(network)!, parsed.GetValue(size), parsed.GetValue(s_device)!, Overrides(parsed), Console.In, services.Services.GetRequiredService<Terminal>().Out);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Restoration(Func<IHost> host, CancellationToken stop)
    {
        var picture = new Argument<string>("IMAGE");
        var (task, preset, mask, reference) = (new Option<string>("--task") { Required = true }, new Option<string>("--preset") { Required = true }, new Option<string>("--mask"), new Option<string>("--reference") { Required = true });
        var command = new Command(RestoreName, "Restores a picture and tells how its quality went.") { picture, task, preset, mask, reference, s_toPsnr, s_set, s_device };
        command.Hidden = true;
        command.SetAction(parsed =>
        {
            using var services = host();
            var asked = new PictureToRestore
            {
                Path = parsed.GetValue(picture)!,
                Task = parsed.GetValue(task)!,
                Preset = parsed.GetValue(preset)!,
                Mask = parsed.GetValue(mask),
                Reference = parsed.GetValue(reference)!,
                Device = parsed.GetValue(s_device)!,
                Overrides = Overrides(parsed),
            };
            var result = services.Services.GetRequiredService<RestorationWorker>().Run(asked, parsed.GetValue(s_toPsnr), stop);
            services.Services.GetRequiredService<Terminal>().Out.WriteLine(JsonSerializer.Serialize(result, s_line));
            return ExitCode.Done;
        });
        return command;
    }

    private static EngineBenchSettings Read(ParseResult parsed)
    {
        var quick = parsed.GetValue(s_quick);
        var (picture, reference, toPsnr) = (parsed.GetValue(s_picture), parsed.GetValue(s_reference), parsed.GetValue(s_toPsnr));
        if ((picture is null) != (reference is null))
        {
            throw new RefusedException("--picture NOISY and --reference CLEAN go together: quality is measured against the clean picture.");
        }

        if (new[] { picture, reference }.FirstOrDefault(file => file is not null && !File.Exists(file)) is { } missing)
        {
            throw new RefusedException($"There is no picture '{missing}'.");
        }

        var quality = parsed.GetResult(s_quality) is { Implicit: false } ? Words(parsed, s_quality) : quick && picture is null ? [None] : ["fast"];
        return new()
        {
            Networks = Words(parsed, s_networks) is { Count: > 0 } networks ? (networks is [None] ? [] : networks) : null,
            Sizes = [.. Words(parsed, s_sizes).Select(Size)],
            Precisions = Chosen(parsed, s_precisions, [EngineBench.Float32, EngineBench.BFloat16]),
            Rounds = parsed.GetValue(s_rounds) ?? (quick ? 2 : 5),
            Iterations = parsed.GetValue(s_iterations),
            Quality = quality is [None] ? [] : quality,
            Picture = picture,
            Reference = reference,
            ToPsnr = toPsnr,
            Against = [.. Chosen(parsed, s_against, [.. Opponent.All.Select(o => o.Name)]).Select(name => Opponent.All.Single(o => o.Name == name))],
            Python = parsed.GetValue(s_python)!,
            Profile = parsed.GetValue(s_profile),
            Overrides = Overrides(parsed),
            Quick = quick,
            Device = parsed.GetValue(s_device)!,
            Json = parsed.GetValue(s_json),
        };
    }

    private static Option<string[]> Many(string name, string help, string description) => new(name)
    {
        Description = description,
        HelpName = help,
        AllowMultipleArgumentsPerToken = true,
    };

    private static List<string> Words(ParseResult parsed, Option<string[]> option) =>
        [.. (parsed.GetValue(option) ?? []).SelectMany(word => word.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];

    private static List<string> Chosen(ParseResult parsed, Option<string[]> option, string[] accepted)
    {
        var words = Words(parsed, option);
        return words.Find(word => !accepted.Contains(word)) is { } unknown
            ? throw new RefusedException($"{option.Name} is '{unknown}'{NearestName.Hint(unknown, accepted)}; accepted: {string.Join(", ", accepted)}.")
            : words;
    }

    private static int Size(string word) => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size is >= 32 and <= 8192
        ? size
        : throw new RefusedException($"--size is '{word}'; accepted: whole numbers from 32 to 8192.");

    private static KeyValuePair<string, string>[] Overrides(ParseResult parsed) => [.. (parsed.GetValue(s_set) ?? []).Select(text => SetOption.Parse(text))];

    private static int? Whole(ArgumentResult given, string name)
    {
        if (given.Tokens is [var token] && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1)
        {
            return value;
        }

        given.AddError($"{name} is '{string.Join(' ', given.Tokens)}'; accepted: a whole number of at least 1.");
        return null;
    }

    private static double? Decibels(ArgumentResult given)
    {
        if (given.Tokens is [var token] && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 100)
        {
            return value;
        }

        given.AddError($"--to-psnr is '{string.Join(' ', given.Tokens)}'; accepted: a number of dB between 0 and 100.");
        return null;
    }
}
