using System.Reflection;
using DipPipeline.Cli.Terminals;

namespace DipPipeline.Cli;

/// <summary>Says an unexpected exception in one sentence; the rest is for <c>--verbose</c>.</summary>
internal static class Failure
{
    public static string Sentence(Exception failure)
    {
        // These only wrap the one that says what happened.
        while (failure is TypeInitializationException or TargetInvocationException or AggregateException && failure.InnerException is { } inner)
        {
            failure = inner;
        }

        // Native libraries append a stack trace of their own to the message.
        var line = failure.Message.AsSpan().Trim();
        var end = line.IndexOfAny('\r', '\n');
        var sentence = (end < 0 ? line : line[..end]).TrimEnd().ToString();
        sentence = sentence.Length == 0 ? failure.GetType().Name : sentence;
        return sentence[^1] is '.' or '!' or '?' ? sentence : sentence + ".";
    }

    public static void Details(Exception failure, Terminal terminal, bool verbose)
    {
        if (verbose)
        {
            terminal.Error.WriteLine(failure);
        }
    }
}
