namespace DipPipeline.Jobs.Queries;

/// <summary>How a Host's work on a job ended.</summary>
public enum AttemptOutcome
{
    Completed = 0,
    Rejected = 1,
    Failed = 2,
    Cancelled = 3,

    /// <summary>Something the job needs was away.</summary>
    Deferred = 4,

    /// <summary>At a checkpoint, for another to go on.</summary>
    HandedBack = 5,

    SourceChanged = 6,

    /// <summary>Another attempt began without a word of this one: a crash, or a lost connection.</summary>
    Lost = 7,
}
