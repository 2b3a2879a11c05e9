namespace DipPipeline.Jobs.Schema;

/// <summary>One job: what is to be done, and where it stands.</summary>
internal sealed class Job
{
    /// <summary>Counts the jobs as they come: among those of one priority, the lowest goes first.</summary>
    public long Number { get; set; }

    /// <summary>As <see cref="Contracts.Jobs.JobId"/> derives it.</summary>
    public required string Id { get; set; }

    public required string Task { get; set; }

    /// <summary>The <see cref="Recipe"/> it is made by.</summary>
    public required string RecipeId { get; set; }

    public long Seed { get; set; }

    public required string PicturePath { get; set; }

    public required string PictureSha256 { get; set; }

    public long PictureLength { get; set; }

    /// <summary>Name → file, as JSON; <see langword="null"/> for none.</summary>
    public string? Companions { get; set; }

    /// <summary>Where its own result goes; others get copies.</summary>
    public required string Output { get; set; }

    public int Priority { get; set; }

    public int Generation { get; set; }

    public int Slice { get; set; }

    public JobState State { get; set; }

    /// <summary>Its Host has been, or is to be, asked to stop.</summary>
    public bool CancelRequested { get; set; }

    /// <summary>Taken back because of its source or its output, not by a person: entered again, it is queued again.</summary>
    public bool Superseded { get; set; }

    /// <summary>Rejected by the Watcher: to look at its source again is all that a retry can do.</summary>
    public bool IsRefused { get; set; }

    /// <summary>What earlier generations left in storage goes before the next message does.</summary>
    public bool ClearState { get; set; }

    /// <summary>In a row.</summary>
    public int Deferrals { get; set; }

    public DateTimeOffset EnteredAt { get; set; }

    public DateTimeOffset? PublishedAt { get; set; }

    /// <summary>The last time it was published or heard of, by our clock.</summary>
    public DateTimeOffset? LastSignAt { get; set; }

    /// <summary>Only while it waits for its time.</summary>
    public DateTimeOffset? DueAt { get; set; }

    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>Who works, or last worked, on it.</summary>
    public string? Host { get; set; }

    /// <summary>Why it stands where it stands; one sentence.</summary>
    public string? Reason { get; set; }

    /// <summary>Of a failure: one sentence for each attempt, one a line.</summary>
    public string? History { get; set; }

    /// <summary>A <see cref="Queries.JobProgress"/> as JSON.</summary>
    public string? Progress { get; set; }

    public bool IsOutstanding => State is JobState.Queued or JobState.Running;

    public bool HasEnded => State >= JobState.Completed;

    /// <summary>Enters an end.</summary>
    public void End(JobState state, string? reason, DateTimeOffset now)
    {
        State = state;
        Reason = reason;
        EndedAt = now;
        DueAt = null;
        CancelRequested = false;
    }
}
