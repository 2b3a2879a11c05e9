namespace DipPipeline.Cli.Terminals;

/// <summary>Where the tool prints: results on <see cref="Out"/>, progress and complaints on <see cref="Error"/>.</summary>
internal sealed class Terminal(TextWriter output, TextWriter error, bool isInteractive, Func<int> width)
{
    public TextWriter Out { get; } = output;

    public TextWriter Error { get; } = error;

    /// <summary>Whether a line on <see cref="Error"/> can be rewritten in place.</summary>
    public bool IsInteractive { get; } = isInteractive;

    /// <summary>Columns of the terminal; read anew, because people resize windows.</summary>
    public int Width => width();

    public static Terminal OfProcess() => new(
        Console.Out,
        Console.Error,
        !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb",
        WindowWidth);

    /// <summary>One sentence about what went wrong.</summary>
    public void Complain(string sentence) => Error.WriteLine($"dip: {sentence}");

    private static int WindowWidth()
    {
        try
        {
            return Console.WindowWidth is > 0 and var columns ? columns : 80;
        }
        catch (IOException)
        {
            // A terminal that does not tell its size.
            return 80;
        }
    }
}
