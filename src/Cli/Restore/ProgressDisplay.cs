using DipPipeline.Cli.Terminals;
using DipPipeline.Engine.Restoration;

namespace DipPipeline.Cli.Restore;

/// <summary>
/// Shows on standard error how far a picture is: on a terminal one line rewritten up to five times a second, elsewhere a
/// plain line every ten seconds or tenth of the way. Called from the restoring thread only.
/// </summary>
internal sealed class ProgressDisplay(Terminal terminal, TimeProvider time)
{
    private static readonly TimeSpan Rewrite = TimeSpan.FromSeconds(0.2);
    private static readonly TimeSpan Line = TimeSpan.FromSeconds(10);

    private string _name = "";
    private long _shown;
    private int _tenth;
    private bool _open;

    public void Begin(string name)
    {
        _name = name;
        // A terminal shows the first report at once; plain lines wait for something to say.
        _shown = terminal.IsInteractive ? time.GetTimestamp() - (long)(Rewrite.TotalSeconds * time.TimestampFrequency) : time.GetTimestamp();
        _tenth = 0;
    }

    public void Report(RestorationProgress progress)
    {
        var elapsed = time.GetElapsedTime(_shown);
        var tenth = progress.Iterations > 0 ? (int)(10L * progress.Iteration / progress.Iterations) : 0;
        if (terminal.IsInteractive ? elapsed < Rewrite : elapsed < Line && tenth <= _tenth)
        {
            return;
        }

        (_shown, _tenth) = (time.GetTimestamp(), tenth);
        if (terminal.IsInteractive)
        {
            terminal.Error.Write($"\r{ProgressLine.Bar(_name, progress, terminal.Width - 1)}\e[K");
            terminal.Error.Flush();
            _open = true;
        }
        else
        {
            terminal.Error.WriteLine(ProgressLine.Plain(_name, progress));
        }
    }

    /// <summary>A line of its own, above the progress.</summary>
    public void Note(string message)
    {
        End();
        terminal.Error.WriteLine($"dip: {_name}: {message}");
    }

    /// <summary>Wipes the progress line, so that what is printed next stands alone.</summary>
    public void End()
    {
        if (_open)
        {
            terminal.Error.Write("\r\e[K");
            terminal.Error.Flush();
            _open = false;
        }
    }
}
