using DipPipeline.Contracts.Results;

namespace DipPipeline.Contracts.Messages;

/// <summary>A Host begins an attempt.</summary>
/// <param name="Slice">The slice it works on.</param>
/// <param name="Attempt">1 for the first; counts those that ended in a crash, in a row.</param>
public sealed record RestorationStarted(string JobId, int Generation, string Host, DateTimeOffset At, int Slice, int Attempt) : IJobEvent;

/// <summary>How far a running job is. Transient: at most twice a second a job, and lost without harm.</summary>
/// <param name="Iteration">Iterations done.</param>
/// <param name="Iterations">Iterations at most.</param>
/// <param name="IterationsPerSecond">Speed of this slice.</param>
/// <param name="RemainingSeconds">To the last iteration, at that speed.</param>
/// <param name="Energy">Mean energy of the last few iterations.</param>
public sealed record RestorationProgressed(
    string JobId, int Generation, string Host, DateTimeOffset At, int Slice,
    int Iteration, int Iterations, double IterationsPerSecond, double RemainingSeconds, double Energy) : IJobEvent;

/// <summary>The result is in storage, its metrics document last.</summary>
/// <param name="Metrics">Without the curve.</param>
public sealed record RestorationCompleted(string JobId, int Generation, string Host, DateTimeOffset At, RestorationMetrics Metrics) : IJobEvent;

/// <summary>Bad input: nothing is retried.</summary>
/// <param name="Reason">One sentence: the file, the value, and what would be accepted.</param>
public sealed record RestorationRejected(string JobId, int Generation, string Host, DateTimeOffset At, string Reason) : IJobEvent;

/// <summary>It cannot be done: too many crashes, a divergence for good, or an error of ours.</summary>
/// <param name="Reason">One sentence.</param>
/// <param name="History">One sentence for each attempt that ended without a result.</param>
public sealed record RestorationFailed(
    string JobId, int Generation, string Host, DateTimeOffset At, string Reason, IReadOnlyList<string> History) : IJobEvent;

/// <summary>The job was cancelled, or a newer one writes its output now.</summary>
/// <param name="Reason">One sentence.</param>
public sealed record RestorationCancelled(string JobId, int Generation, string Host, DateTimeOffset At, string Reason) : IJobEvent;

/// <summary>It could not be worked on now, for a reason that may pass: publish it again after a while.</summary>
/// <param name="Reason">One sentence.</param>
/// <param name="IsElsewhere">What is amiss is this Host's alone (it lacks the task's version): another may do the job, and it is never given up for that.</param>
public sealed record RestorationDeferred(string JobId, int Generation, string Host, DateTimeOffset At, string Reason, bool IsElsewhere = false) : IJobEvent;

/// <summary>The Host gave the job back at a checkpoint and published its continuation.</summary>
/// <param name="NextSlice">The continuation's slice.</param>
/// <param name="Reason">The slice's time was up, or the Host is leaving.</param>
public sealed record RestorationHandedBack(string JobId, int Generation, string Host, DateTimeOffset At, int NextSlice, string Reason) : IJobEvent;

/// <summary>The file is gone or holds other bytes than the message says: the Watcher looks at it again.</summary>
/// <param name="Path">Relative to the storage's inputs.</param>
/// <param name="Sha256">What was found; empty where it has more bytes than the message says, <see langword="null"/> where there is no file.</param>
public sealed record SourceChanged(string JobId, int Generation, string Host, DateTimeOffset At, string Path, string? Sha256) : IJobEvent;
