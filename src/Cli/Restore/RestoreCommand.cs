using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DipPipeline.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace DipPipeline.Cli.Restore;

/// <summary>The grammar of <c>dip restore</c>.</summary>
internal static class RestoreCommand
{
    private static readonly Argument<string[]> Images = new("IMAGE")
    {
        Description = "Pictures to restore: files, or patterns such as 'scans/*.png' or 'scans/**/*.jpg'. Patterns leave out hidden files, companions and our own results.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<string> Task = new("--task", "-t") { Description = "What to do: a task that 'dip plugins ls' shows.", HelpName = "T" };
    private static readonly Option<string> Preset = new("--preset", "-p") { Description = "A preset of the task; 'dip plugins describe T' shows them.", HelpName = "P" };
    private static readonly Option<string> Mask = new("--mask", "-m") { Description = "The mask of the picture, white keeps. Default: NAME.mask.png beside it.", HelpName = "M" };
    private static readonly Option<string> Reference = new("--reference") { Description = "The clean picture, to measure the result against; it never changes the result.", HelpName = "GT" };

    private static readonly Option<string> Out = new("--out", "-o")
    {
        Description = "Folder for the results.",
        HelpName = "DIR",
        DefaultValueFactory = _ => Path.Join(".", "restored"),
    };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = "Options of the task; 'dip plugins describe T' shows them. May be repeated.",
        HelpName = "key=value",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<long> Seed = new("--seed")
    {
        Description = "Seed of every random draw: the same seed gives the same bytes.",
        HelpName = "N",
        DefaultValueFactory = _ => 0,
        CustomParser = given => Whole(given, "--seed", "a whole number", long.MinValue),
    };

    private static readonly Option<long> MaximumPixels = new("--max-pixels")
    {
        Description = "Refuse pictures with more pixels than this, before decoding them.",
        HelpName = "N",
        DefaultValueFactory = _ => 100_000_000,
        CustomParser = given => Whole(given, "--max-pixels", "a whole number of at least 1", 1),
    };

    private static readonly Option<string> Device = new("--device")
    {
        Description = "auto, cpu, or a CUDA device such as cuda:0.",
        HelpName = "D",
        DefaultValueFactory = _ => DeviceName.Auto,
    };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from the checkpoint of an interrupted run, and leave out what is restored already." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the metrics as one JSON document; an array where several pictures or a pattern were given." };

    /// <param name="host">Makes the host; called once the arguments are understood, so that help and usage errors stay fast.</param>
    /// <param name="stop">Cancelled by Ctrl-C.</param>
    public static Command Create(Func<IHost> host, CancellationToken stop)
    {
        var command = new Command("restore", "Restores pictures.")
        {
            Images, Task, Preset, Mask, Reference, Out, Set, Seed, Device, MaximumPixels, Resume, Json,
        };
        command.SetAction(parsed =>
        {
            var settings = Read(parsed);
            using var services = host();
            return services.Services.GetRequiredService<RestoreRun>().Run(settings, stop);
        });
        return command;
    }

    /// <summary>Whether the call is a restoration whose standard output must be one JSON document.</summary>
    public static bool IsJson(ParseResult parsed) => parsed.CommandResult.Command.Name == "restore" && parsed.GetResult(Json) is { Implicit: false };

    /// <summary>Whether that document is an array, told from arguments that may not have been understood.</summary>
    public static bool AreSeveral(ParseResult parsed) => RestoreSettings.Several([.. parsed.GetResult(Images)?.Tokens.Select(t => t.Value) ?? []]);

    private static RestoreSettings Read(ParseResult parsed)
    {
        var images = parsed.GetValue(Images) ?? [];
        // What looks like an option and is none arrives as a picture: say which option was meant instead of "no such file".
        if (images.FirstOrDefault(image => image.StartsWith('-') && !File.Exists(image)) is { } stray)
        {
            throw new RefusedException(UsageError.UnknownOption(parsed.CommandResult.Command, "dip restore", stray));
        }

        return new()
        {
            Images = images,
            Task = parsed.GetValue(Task),
            Preset = parsed.GetValue(Preset),
            Mask = parsed.GetValue(Mask),
            Reference = parsed.GetValue(Reference),
            Out = parsed.GetValue(Out)!,
            Overrides = [.. (parsed.GetValue(Set) ?? []).Select(pair => Pair(parsed, pair))],
            Seed = parsed.GetValue(Seed),
            Device = parsed.GetValue(Device)!,
            MaximumPixels = parsed.GetValue(MaximumPixels),
            Resume = parsed.GetValue(Resume),
            Json = parsed.GetValue(Json),
            Verbose = parsed.GetValue(DipCommand.Verbose),
        };
    }

    private static KeyValuePair<string, string> Pair(ParseResult parsed, string text)
    {
        if (text.StartsWith('-'))
        {
            throw new RefusedException(UsageError.UnknownOption(parsed.CommandResult.Command, "dip restore", text));
        }

        return SetOption.Parse(text, " Pictures go before --set.");
    }

    private static long Whole(ArgumentResult given, string name, string accepted, long minimum)
    {
        if (given.Tokens is [var token] && long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
            && value >= minimum)
        {
            return value;
        }

        given.AddError($"{name} is '{string.Join(' ', given.Tokens)}'; accepted: {accepted}.");
        return minimum;
    }
}
