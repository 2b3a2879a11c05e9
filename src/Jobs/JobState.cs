namespace DipPipeline.Jobs;

/// <summary>Where a job stands. The last four are ends: only a retry, or its source coming back, leaves them.</summary>
public enum JobState
{
    /// <summary>In the catalogue only, perhaps until a later moment.</summary>
    Waiting = 0,

    /// <summary>Its message is at the broker.</summary>
    Queued = 1,

    /// <summary>A Host works on it.</summary>
    Running = 2,

    Completed = 3,

    /// <summary>Bad input: by the Watcher before anything was published, or by a Host.</summary>
    Rejected = 4,

    Failed = 5,

    /// <summary>By a person, or because a newer job writes its output.</summary>
    Cancelled = 6,
}
