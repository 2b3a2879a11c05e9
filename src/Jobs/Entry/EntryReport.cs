using DipPipeline.Contracts.Messages;

namespace DipPipeline.Jobs.Entry;

/// <summary>What became of a batch of entries.</summary>
/// <param name="Entered">One for each entry, in their order.</param>
/// <param name="Cancels">
/// Jobs that a Host may be working on and that nobody wants any more. They are among <see cref="JobCatalogue.CancelRequestsAsync"/> too,
/// until <see cref="JobCatalogue.CancelSentAsync"/> is told.
/// </param>
public sealed record EntryReport(IReadOnlyList<EnteredJob> Entered, IReadOnlyList<CancelRestoration> Cancels);

/// <param name="Generation">Of the output path, after this entry.</param>
public sealed record EnteredJob(string JobId, EntryOutcome Outcome, int Generation);

public enum EntryOutcome
{
    /// <summary>A new job waits.</summary>
    New,

    /// <summary>This output has this job already; nothing changed.</summary>
    Known,

    /// <summary>Another output has, or will have, this job's result; this one gets a copy.</summary>
    Copy,

    /// <summary>A known job waits again, for this output.</summary>
    Requeued,

    /// <summary>It was refused; the reason is to be written beside the result.</summary>
    Rejected,
}
