using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Entry;

/// <summary>Decides what becomes of each entry of a batch, in memory, with all that the catalogue knows of their jobs and outputs.</summary>
internal sealed class EntryBatch
{
    private readonly Dictionary<string, Job> _jobs;
    private readonly Dictionary<string, Placement> _placements;
    private readonly Recipes _recipes = new();
    private readonly JobsOptions _options;

    private EntryBatch(Dictionary<string, Job> jobs, Dictionary<string, Placement> placements, JobsOptions options, DateTimeOffset now) =>
        (_jobs, _placements, _options, Now) = (jobs, placements, options, now);

    public DateTimeOffset Now { get; }
    public List<Job> NewJobs { get; } = [];
    public Dictionary<string, Source> Sources { get; } = new(StringComparer.Ordinal);
    public Dictionary<string, Placement> ChangedPlacements { get; } = new(StringComparer.Ordinal);
    public IEnumerable<Recipe> NewRecipes => _recipes.All;

    /// <summary>Rows of archive runs that have a job now.</summary>
    public Dictionary<RowKey, (string JobId, RowState State)> Rows { get; } = [];

    /// <summary>Known jobs that wait again; what else hangs on their ids follows them.</summary>
    public HashSet<string> Renewed { get; } = new(StringComparer.Ordinal);

    /// <summary>Jobs that lost an output, each with the source it lost it to.</summary>
    public Dictionary<string, string> Displaced { get; } = new(StringComparer.Ordinal);

    public static async Task<EntryBatch> LoadAsync(CatalogueContext context, IReadOnlyList<JobEntry> entries, JobsOptions options, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var outputs = entries.Select(e => e.Output).Distinct().ToList();
        var placements = await context.Placements.Where(p => outputs.Contains(p.Output)).ToDictionaryAsync(p => p.Output, StringComparer.Ordinal, cancellationToken);

        var ids = entries.Select(e => e.JobId).Concat(placements.Values.Select(p => p.JobId)).Distinct().ToList();
        var jobs = await context.Jobs.AsTracking().Where(j => ids.Contains(j.Id)).ToDictionaryAsync(j => j.Id, StringComparer.Ordinal, cancellationToken);

        var others = jobs.Values.Select(j => j.Output).Where(o => !placements.ContainsKey(o)).Distinct().ToList();
        if (others.Count > 0)
        {
            await foreach (var placement in context.Placements.Where(p => others.Contains(p.Output)).AsAsyncEnumerable().WithCancellation(cancellationToken))
            {
                placements.Add(placement.Output, placement);
            }
        }

        return new EntryBatch(jobs, placements, options, now);
    }

    public Job Job(string id) => _jobs[id];

    /// <summary>Whether the output that the job's own result goes to is still the job's.</summary>
    public bool OwnsItsOutput(Job job) => _placements.TryGetValue(job.Output, out var placement) && placement.JobId == job.Id;

    public EnteredJob Enter(JobEntry entry)
    {
        var entered = EnterJob(entry);
        if (entry.Row is not { } row)
        {
            Sources[entry.SourcePath] = new() { Path = entry.SourcePath, Fingerprint = entry.Fingerprint, JobId = entry.JobId };
            return entered;
        }

        // What else has ended, its row finds out as every other does.
        var isDone = _jobs[entry.JobId].State == JobState.Completed && _placements[entry.Output].State is PlacementState.Own or PlacementState.Copied;
        Rows[row] = (entry.JobId, isDone ? RowState.AlreadyDone : RowState.Entered);
        return entered;
    }

    private EnteredJob EnterJob(JobEntry entry)
    {
        var job = _jobs.GetValueOrDefault(entry.JobId);
        // Somebody wants it whose run is not paused.
        if (job?.DueAt == RunQueries.Held)
        {
            job.DueAt = null;
        }

        var before = _placements.GetValueOrDefault(entry.Output);
        if (job is not null && before?.JobId == job.Id)
        {
            return EnterAgain(entry, job, before);
        }

        var isDoneElsewhere = job is not null && OwnsItsOutput(job) && !IsToBeDoneAgain(job, entry);
        var placement = Change(new Placement { Output = entry.Output, SourcePath = entry.SourcePath, JobId = entry.JobId, Generation = (before?.Generation ?? 0) + 1 });
        if (before is not null)
        {
            Displaced[before.JobId] = entry.SourcePath;
        }

        if (isDoneElsewhere)
        {
            job!.Priority = Math.Max(job.Priority, entry.Priority);
            return Copy(job, placement);
        }

        return job is null ? Add(entry, placement) : Renew(job, entry, placement);
    }

    private static bool IsToBeDoneAgain(Job job, JobEntry entry) =>
        job.Superseded || (job.IsRefused && entry.Refusal is null) || (entry.Retry && RetryBatch.IsFor(job.State));

    private EnteredJob EnterAgain(JobEntry entry, Job job, Placement placement)
    {
        if (IsToBeDoneAgain(job, entry))
        {
            return job.Deferrals > 0 && !entry.Retry ? Defer(job, entry, Change(placement)) : Renew(job, entry, Change(placement));
        }

        if (placement.State == PlacementState.CopyFailed)
        {
            // A row has no source that could be looked at again: who retries it has the picture, and the job is done again for it.
            return entry is { Row: not null, Retry: true } ? Renew(job, entry, Change(placement)) : Copy(job, Change(placement));
        }

        if (job.IsRefused && job.Reason != entry.Refusal)
        {
            job.Reason = entry.Refusal;
            return new(job.Id, EntryOutcome.Rejected, placement.Generation);
        }

        if (job.State == JobState.Waiting)
        {
            // Who wants only a copy, or the rest of an archive, can hurry the job, not delay it.
            job.Priority = placement.State == PlacementState.Own && entry.Row is null ? entry.Priority : Math.Max(job.Priority, entry.Priority);
        }

        return new(job.Id, EntryOutcome.Known, placement.Generation);
    }

    private static EnteredJob Copy(Job job, Placement placement)
    {
        placement.State = job.State == JobState.Completed ? PlacementState.CopyDue : PlacementState.AwaitsResult;
        return new(job.Id, job.IsRefused ? EntryOutcome.Rejected : EntryOutcome.Copy, placement.Generation);
    }

    private EnteredJob Add(JobEntry entry, Placement placement)
    {
        var job = new Job
        {
            Id = entry.JobId, Task = entry.Task, RecipeId = "", PicturePath = "", PictureSha256 = "", Output = "", EnteredAt = Now,
        };
        Assign(job, entry, placement);
        _jobs.Add(job.Id, job);
        NewJobs.Add(job);
        return new(job.Id, entry.Refusal is null ? EntryOutcome.New : EntryOutcome.Rejected, placement.Generation);
    }

    /// <summary>A Host found the source gone or changed, and here it is as it was: the Host could not see it, so the job waits as a deferred one does.</summary>
    private EnteredJob Defer(Job job, JobEntry entry, Placement placement)
    {
        var (deferrals, reason) = (job.Deferrals, job.Reason);
        var entered = new EnteredJob(job.Id, EntryOutcome.Requeued, placement.Generation);
        if (placement.Output == job.Output)
        {
            (job.State, job.Superseded, job.EndedAt, job.PublishedAt, job.LastSignAt) = (JobState.Waiting, false, null, null, null);
        }
        else
        {
            entered = Renew(job, entry, placement);
        }

        (job.Deferrals, job.Reason, job.DueAt) = (deferrals, reason, Now + _options.Delay(deferrals));
        return entered;
    }

    private EnteredJob Renew(Job job, JobEntry entry, Placement placement)
    {
        // Both count on: answers about the job's earlier generation are late, and the output's earlier results are old.
        placement.Generation = Math.Max(placement.Generation, job.Generation + 1);
        if (job.Output != entry.Output && _placements.TryGetValue(job.Output, out var former) && former.JobId == job.Id)
        {
            Change(former).State = PlacementState.AwaitsResult;
        }

        Renewed.Add(job.Id);
        Renewal.Renew(job);
        Assign(job, entry, placement);
        return new(job.Id, entry.Refusal is null ? EntryOutcome.Requeued : EntryOutcome.Rejected, placement.Generation);
    }

    private void Assign(Job job, JobEntry entry, Placement placement)
    {
        placement.State = PlacementState.Own;
        placement.SourcePath = entry.SourcePath;
        job.Generation = placement.Generation;
        job.RecipeId = _recipes.IdOf(entry);
        job.Seed = entry.Seed;
        job.PicturePath = entry.Picture.Path;
        job.PictureSha256 = entry.Picture.Sha256;
        job.PictureLength = entry.Picture.Length;
        job.Companions = entry.Companions.Count == 0 ? null : Json.Write(entry.Companions);
        job.Output = entry.Output;
        job.Priority = entry.Priority;
        job.IsRefused = entry.Refusal is not null;
        if (job.IsRefused)
        {
            job.End(JobState.Rejected, entry.Refusal, Now);
        }
    }

    private Placement Change(Placement placement) => _placements[placement.Output] = ChangedPlacements[placement.Output] = placement;
}
