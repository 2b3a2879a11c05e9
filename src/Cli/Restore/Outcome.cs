using DipPipeline.Contracts.Results;

namespace DipPipeline.Cli.Restore;

/// <summary>How the restoration of one picture ended.</summary>
internal enum Ending
{
    Done,
    Refused,
    Failed,
    Cancelled,
}

/// <param name="Input">The picture, as typed or found; <see langword="null"/> where the call ended before any was known.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="Metrics">Where it is done.</param>
/// <param name="Error">One sentence, where it is not.</param>
/// <param name="IsEarlier">Whether an earlier call did it, and this one found nothing to do.</param>
internal sealed record Outcome(string? Input, Ending Ending, RestorationMetrics? Metrics = null, string? Error = null, bool IsEarlier = false)
{
    /// <summary>The exit code of a call that ended so.</summary>
    public static int Code(IReadOnlyList<Outcome> outcomes) =>
        outcomes.Any(o => o.Ending == Ending.Cancelled) ? ExitCode.Cancelled
        : outcomes.Any(o => o.Ending == Ending.Failed) ? ExitCode.Failed
        : outcomes.Any(o => o.Ending == Ending.Refused) ? ExitCode.Refused
        : ExitCode.Done;
}
