using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;
using DipPipeline.Jobs.Sources;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Events;

/// <summary>Events, with the jobs they speak of. Jobs and attempts are tracked by the context, and saved with it.</summary>
internal sealed class EventBatch
{
    private readonly CatalogueContext _context;
    private readonly Dictionary<string, JobRecord> _records;
    private readonly Dictionary<string, string> _completed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _takenBack = new(StringComparer.Ordinal);
    private readonly JobsOptions _options;
    private readonly DateTimeOffset _now;

    private EventBatch(CatalogueContext context, Dictionary<string, JobRecord> records, JobsOptions options, DateTimeOffset now) =>
        (_context, _records, _options, _now) = (context, records, options, now);

    public static async Task<EventBatch> LoadAsync(
        CatalogueContext context, IReadOnlyList<IJobEvent> events, JobsOptions options, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ids = events.Select(e => e.JobId).Distinct().ToList();
        var jobs = await context.Jobs.AsTracking().Where(j => ids.Contains(j.Id)).ToListAsync(cancellationToken);
        var attempts = Enumerable.Empty<Attempt>().ToLookup(a => (a.JobNumber, a.Generation));
        // Most events are progress, which has nothing to do with attempts.
        if (events.Any(e => e is not RestorationProgressed))
        {
            var numbers = jobs.Select(j => j.Number).ToList();
            attempts = (await context.Attempts.AsTracking().Where(a => numbers.Contains(a.JobNumber)).OrderBy(a => a.Number).ToListAsync(cancellationToken))
                .ToLookup(a => (a.JobNumber, a.Generation));
        }

        var records = jobs.ToDictionary(j => j.Id, j => new JobRecord(j, [.. attempts[(j.Number, j.Generation)]], now), StringComparer.Ordinal);
        return new EventBatch(context, records, options, now);
    }

    public EventOutcome Apply(IJobEvent e)
    {
        if (!_records.TryGetValue(e.JobId, out var record))
        {
            return new(e, false, null);
        }

        var (wasQueued, queuedAt) = (record.Job.State == JobState.Queued, record.Job.LastSignAt);
        var applied = record.Job.Generation == e.Generation && Apply(record, e);
        if (applied)
        {
            record.Job.LastSignAt = _now;
        }

        return new(e, applied, record.Job.State, applied && wasQueued ? queuedAt : null);
    }

    public async Task WriteAsync(CancellationToken cancellationToken)
    {
        foreach (var record in _records.Values)
        {
            _context.Attempts.AddRange(record.NewAttempts);
        }

        if (_completed.Count > 0)
        {
            await _context.InsertAsync(
                nameof(_context.Results),
                [nameof(Result.JobNumber), nameof(Result.Metrics)],
                """("JobNumber") DO UPDATE SET "Metrics" = excluded."Metrics" """,
                _completed.Select(c => new object?[] { _records[c.Key].Job.Number, c.Value }),
                cancellationToken);
            await _context.CopiesOf(_completed.Keys).Where(p => p.State == PlacementState.AwaitsResult)
                .ExecuteUpdateAsync(set => set.SetProperty(p => p.State, PlacementState.CopyDue), cancellationToken);
        }

        await _context.ReexamineSourcesOfAsync([.. _takenBack.Select(id => _records[id].Job)], cancellationToken);
    }

    private bool Apply(JobRecord record, IJobEvent e) => e switch
    {
        RestorationCompleted completed => Completed(record, completed),
        _ when record.Job.HasEnded => false,
        RestorationStarted started => record.Start(started),
        RestorationProgressed progressed => Progressed(record.Job, progressed),
        RestorationHandedBack handedBack => HandedBack(record, handedBack),
        RestorationDeferred deferred => Deferred(record, deferred),
        RestorationRejected rejected => record.End(JobState.Rejected, e, AttemptOutcome.Rejected, rejected.Reason),
        RestorationFailed failed => Failed(record, failed),
        RestorationCancelled cancelled => Cancelled(record, cancelled),
        SourceChanged changed => Changed(record, changed),
        _ => throw new ArgumentException($"The catalogue has no rule for {e.GetType().Name}.", nameof(e)),
    };

    private bool Completed(JobRecord record, RestorationCompleted e)
    {
        var job = record.Job;
        if (job.State is JobState.Completed or JobState.Rejected)
        {
            return false;
        }

        record.End(JobState.Completed, e, AttemptOutcome.Completed, null);
        job.Deferrals = 0;
        job.Superseded = false;
        job.History = null;
        _completed[job.Id] = e.Metrics.ToJson();
        return true;
    }

    private static bool Progressed(Job job, RestorationProgressed e)
    {
        // A job that waits for its time was deferred by the Host that this is a late word of.
        if (e.Slice < job.Slice || job.DueAt is not null)
        {
            return false;
        }

        job.State = JobState.Running;
        job.Slice = e.Slice;
        job.Host = e.Host;
        job.ClearState = false;
        job.Progress = Json.Write(new JobProgress(e.Iteration, e.Iterations, e.IterationsPerSecond, e.RemainingSeconds, e.Energy));
        return true;
    }

    private static bool HandedBack(JobRecord record, RestorationHandedBack e)
    {
        var job = record.Job;
        if (e.NextSlice <= job.Slice)
        {
            return false;
        }

        record.CloseAttempt(e, AttemptOutcome.HandedBack, e.Reason);
        job.State = JobState.Queued;
        job.Slice = e.NextSlice;
        job.DueAt = null;
        job.ClearState = false;
        // A checkpoint got to storage, so what the job was deferred for has passed; that it started, or iterated, says nothing of that.
        job.Deferrals = 0;
        return true;
    }

    private bool Deferred(JobRecord record, RestorationDeferred e)
    {
        var job = record.Job;
        if (!job.IsOutstanding || record.HasEnding(e, AttemptOutcome.Deferred))
        {
            return false;
        }

        // Its message was acknowledged: no Host is left to answer a request to cancel.
        if (job.CancelRequested)
        {
            return record.End(JobState.Cancelled, e, AttemptOutcome.Deferred, job.Reason ?? e.Reason);
        }

        // What another Host can do is never given up: how many Hosts cannot says nothing.
        if (!e.IsElsewhere && ++job.Deferrals > _options.MaxDeferrals)
        {
            return record.End(JobState.Failed, e, AttemptOutcome.Deferred, JobsOptions.TooOften(job.Deferrals, e.Reason));
        }

        record.CloseAttempt(e, AttemptOutcome.Deferred, e.Reason);
        job.State = JobState.Waiting;
        job.Reason = e.Reason;
        job.DueAt = _now + _options.Delay(e.IsElsewhere ? record.DeferredInARow : job.Deferrals);
        job.ClearState = false;
        return true;
    }

    private static bool Failed(JobRecord record, RestorationFailed e)
    {
        record.Job.History = e.History.Count == 0 ? null : string.Join('\n', e.History.Select(line => line.ReplaceLineEndings(" ")));
        return record.End(JobState.Failed, e, AttemptOutcome.Failed, e.Reason);
    }

    private static bool Cancelled(JobRecord record, RestorationCancelled e) =>
        // Why we asked says more than that we asked.
        record.End(JobState.Cancelled, e, AttemptOutcome.Cancelled, record.Job.CancelRequested ? record.Job.Reason ?? e.Reason : e.Reason);

    private bool Changed(JobRecord record, SourceChanged e)
    {
        var found = e.Sha256 is null ? "is gone" : "holds other content than when it was entered";
        var (job, reason) = (record.Job, $"'{e.Path}' {found}.");
        // Should it prove the same after all, it was this Host that could not see it: that counts as a deferral.
        if (++job.Deferrals > _options.MaxDeferrals)
        {
            return record.End(JobState.Failed, e, AttemptOutcome.SourceChanged, JobsOptions.TooOften(job.Deferrals, reason));
        }

        record.End(JobState.Cancelled, e, AttemptOutcome.SourceChanged, reason);
        job.Superseded = true;
        return _takenBack.Add(job.Id);
    }
}
