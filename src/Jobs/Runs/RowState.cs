namespace DipPipeline.Jobs.Runs;

/// <summary>Where a row of an archive run stands.</summary>
public enum RowState
{
    /// <summary>Known by its path alone: not looked at yet.</summary>
    Pending = 0,

    /// <summary>It has a job, which has not ended, or whose result is still to be copied to the row's output.</summary>
    Entered = 1,

    Completed = 2,

    /// <summary>Its result stood there before the run came to it.</summary>
    AlreadyDone = 3,

    Rejected = 4,

    Failed = 5,

    /// <summary>By a person, or because another picture writes its output by now.</summary>
    Cancelled = 6,
}
