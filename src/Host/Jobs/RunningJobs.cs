using System.Collections.Concurrent;
using DipPipeline.Contracts.Messages;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>The jobs at work in this process.</summary>
internal sealed class RunningJobs(IOptions<HostOptions> options, TimeProvider time)
{
    private readonly ConcurrentDictionary<RunningJob, bool> _jobs = new();
    private long _lastEnd = time.GetTimestamp();

    public int Count => _jobs.Count;

    /// <summary>Since the last job ended, or the Host began; zero while one runs.</summary>
    public TimeSpan Idle => _jobs.IsEmpty ? time.GetElapsedTime(Volatile.Read(ref _lastEnd)) : TimeSpan.Zero;

    /// <summary>One whose optimisation hangs, or <see langword="null"/>.</summary>
    public RunningJob? Stalled => _jobs.Keys.FirstOrDefault(job => job.IsStalled);

    public RunningJob Begin(RestoreImage message, CancellationToken lost)
    {
        var job = new RunningJob(message, options.Value.StallAfter, time, lost);
        _jobs[job] = true;
        return job;
    }

    public void End(RunningJob job)
    {
        Volatile.Write(ref _lastEnd, time.GetTimestamp());
        _jobs.TryRemove(job, out _);
        job.Dispose();
    }

    /// <summary>Stops the job if it is at work here.</summary>
    public void Cancel(CancelRestoration cancel)
    {
        foreach (var job in _jobs.Keys.Where(job => job.Message.JobId == cancel.JobId && job.Message.Generation <= cancel.Generation))
        {
            job.Stop(StopReason.Cancelled);
        }
    }
}
