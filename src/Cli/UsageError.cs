using System.CommandLine;
using DipPipeline.Contracts.Options;

namespace DipPipeline.Cli;

/// <summary>One sentence for what the parser did not understand.</summary>
internal static class UsageError
{
    public static string Sentence(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var name = FullName(parsed);
        var stray = parsed.UnmatchedTokens.Count > 0 ? parsed.UnmatchedTokens[0] : null;
        var subcommands = command.Subcommands.Select(c => c.Name).ToArray();
        return (stray, subcommands.Length) switch
        {
            (null, > 0) => $"Say what to do: {name} {string.Join('|', subcommands)}; '{name} --help' tells more.",
            (['-', ..], _) => UnknownOption(command, name, stray),
            ({ }, > 0) => $"'{name}' has no command '{stray}'{NearestName.Hint(stray, subcommands)}; it has {string.Join(", ", subcommands)}.",
            ({ }, _) => $"'{name}' does not take '{stray}'; '{name} --help' tells what it takes.",
            _ => parsed.Errors[0].Message,
        };
    }

    public static string UnknownOption(Command command, string commandName, string given) =>
        $"'{commandName}' has no option '{given}'{NearestName.Hint(given, command.Options.Append(DipCommand.Verbose).Select(o => o.Name))}; " +
        $"'{commandName} --help' lists its options.";

    private static string FullName(ParseResult parsed)
    {
        var words = new Stack<string>();
        for (var result = parsed.CommandResult; result is not null; result = result.Parent as System.CommandLine.Parsing.CommandResult)
        {
            words.Push(result.Command.Name);
        }

        return string.Join(' ', words);
    }
}
