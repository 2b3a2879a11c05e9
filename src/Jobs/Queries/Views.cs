using DipPipeline.Contracts.Results;
using DipPipeline.Jobs.Publishing;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs.Queries;

/// <summary>Rows as others see them.</summary>
internal static class Views
{
    public static JobSummary Summary(Job job) => new()
    {
        JobId = job.Id,
        Task = job.Task,
        State = job.State,
        Path = job.PicturePath,
        Output = job.Output,
        Priority = job.Priority,
        Generation = job.Generation,
        Slice = job.Slice,
        IsCancelling = job.CancelRequested,
        EnteredAt = job.EnteredAt,
        PublishedAt = job.PublishedAt,
        DueAt = job.DueAt == RunQueries.Held ? null : job.DueAt,
        EndedAt = job.EndedAt,
        Host = job.Host,
        Reason = job.DueAt == RunQueries.Held ? "Its archive run is paused." : job.Reason,
        Progress = job.Progress is null ? null : Json.Read<JobProgress>(job.Progress),
    };

    public static JobDetail Detail(Job job, Recipe recipe, IEnumerable<Placement> placements, IEnumerable<Attempt> attempts, Result? result) => new()
    {
        Summary = Summary(job),
        PluginVersion = recipe.PluginVersion,
        Preset = recipe.Preset,
        Options = Json.Read<Dictionary<string, string>>(recipe.Options),
        Seed = job.Seed,
        Picture = new(job.PicturePath, job.PictureSha256, job.PictureLength),
        Companions = Messages.CompanionsOf(job),
        Placements = [.. placements.Select(p => new JobPlacement(p.Output, p.SourcePath, p.Generation, p.State, p.CopiedAt))],
        Attempts = [.. attempts.Select(a => new JobAttempt(a.Generation, a.Number, a.Host, a.Slice, a.StartedAt, a.EndedAt, a.Outcome, a.Reason))],
        History = job.History?.Split('\n') ?? [],
        Metrics = result is null || job.State != JobState.Completed ? null : RestorationMetrics.Parse(result.Metrics),
    };
}
