using DipPipeline.Contracts;

namespace DipPipeline.Cli;

/// <summary>What <c>--set key=value</c> takes, wherever a command has it.</summary>
internal static class SetOption
{
    /// <param name="text">As it was given.</param>
    /// <param name="hint">A further sentence for who gave something else.</param>
    /// <exception cref="RefusedException">Not of that form.</exception>
    public static KeyValuePair<string, string> Parse(string text, string hint = "") => text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
        ? new(text[..at].Trim(), text[(at + 1)..])
        : throw new RefusedException($"--set takes key=value, such as iterations=500; it was given '{text}'.{hint}");

    /// <summary>The words that give these again to another process.</summary>
    public static IEnumerable<string> Words(IEnumerable<KeyValuePair<string, string>> pairs) => pairs.SelectMany(pair => new[] { "--set", $"{pair.Key}={pair.Value}" });
}
