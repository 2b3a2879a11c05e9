using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Schema;

namespace DipPipeline.Jobs.Events;

/// <summary>A job and the attempts of its generation, in order.</summary>
internal sealed class JobRecord(Job job, List<Attempt> attempts, DateTimeOffset now)
{
    public Job Job { get; } = job;

    public List<Attempt> NewAttempts { get; } = [];

    /// <summary>Attempts that were deferred since the last one that was not.</summary>
    public int DeferredInARow => attempts.AsEnumerable().Reverse().TakeWhile(a => a.Outcome == AttemptOutcome.Deferred).Count();

    private Attempt? Open => attempts.Count > 0 && attempts[^1].EndedAt is null ? attempts[^1] : null;

    /// <summary>Whether the attempts have this ending: then the event is told again.</summary>
    public bool HasEnding(IJobEvent e, AttemptOutcome outcome) => attempts.Any(a => a.Host == e.Host && a.EndedAt == e.At && a.Outcome == outcome);

    public bool Start(RestorationStarted e)
    {
        if (e.Slice < Job.Slice || attempts.Any(a => a.Host == e.Host && ((a.Slice == e.Slice && a.StartedAt == e.At) || HasDeferredSince(a, e))))
        {
            return false;
        }

        if (Open is { } lost)
        {
            (lost.EndedAt, lost.Outcome, lost.Reason) = (e.At, AttemptOutcome.Lost, $"{lost.Host} crashed, or lost its connection.");
        }

        Add(e, e.Slice);
        Job.State = JobState.Running;
        Job.Slice = e.Slice;
        Job.Host = e.Host;
        Job.DueAt = null;
        Job.ClearState = false;
        if (!Job.CancelRequested)
        {
            Job.Reason = null;
        }

        return true;
    }

    /// <summary>Enters an end; an attempt that began without our knowledge is not made up.</summary>
    public bool End(JobState state, IJobEvent e, AttemptOutcome outcome, string? reason)
    {
        Close(Open, e, outcome, reason);
        Job.Host = e.Host;
        Job.End(state, reason, now);
        return true;
    }

    /// <summary>Ends the attempt; one that began without our knowledge gets its line too, so that the same word is known again.</summary>
    public void CloseAttempt(IJobEvent e, AttemptOutcome outcome, string reason) => Close(Open ?? Add(e, Job.Slice), e, outcome, reason);

    // The word of its beginning came after that of its end, both by the clock of one Host.
    private static bool HasDeferredSince(Attempt attempt, RestorationStarted e) => attempt.Outcome == AttemptOutcome.Deferred && attempt.EndedAt >= e.At;

    private static void Close(Attempt? attempt, IJobEvent e, AttemptOutcome outcome, string? reason)
    {
        if (attempt is not null)
        {
            (attempt.EndedAt, attempt.Outcome, attempt.Reason) = (e.At, outcome, reason);
        }
    }

    private Attempt Add(IJobEvent e, int slice)
    {
        var attempt = new Attempt
        {
            JobNumber = Job.Number, Generation = Job.Generation, Number = attempts.Count == 0 ? 1 : attempts[^1].Number + 1,
            Host = e.Host, Slice = slice, StartedAt = e.At,
        };
        attempts.Add(attempt);
        NewAttempts.Add(attempt);
        return attempt;
    }
}
