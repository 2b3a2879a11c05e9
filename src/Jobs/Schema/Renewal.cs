namespace DipPipeline.Jobs.Schema;

/// <summary>A job that ended, or was taken back, waits again as if it were new: its next generation.</summary>
internal static class Renewal
{
    /// <summary>All but the generation, which is the output's too and so the caller's to set.</summary>
    public static void Renew(Job job)
    {
        job.State = JobState.Waiting;
        job.Slice = 0;
        job.Deferrals = 0;
        job.CancelRequested = false;
        job.Superseded = false;
        job.IsRefused = false;
        job.ClearState = true;
        job.PublishedAt = null;
        job.LastSignAt = null;
        job.DueAt = null;
        job.EndedAt = null;
        job.Host = null;
        job.Reason = null;
        job.History = null;
        job.Progress = null;
    }
}
