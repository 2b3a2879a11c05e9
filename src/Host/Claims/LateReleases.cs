using System.Collections.Concurrent;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>
/// Claims whose attempt ended in good order while the storage was away: released as soon as it is back, before they count as a dead
/// Host's; away is also a mount that was lost, where nothing of the job is to be seen. Only where this process ends first, or the storage
/// stays away for an hour more, does such an end count as a crash.
/// </summary>
internal sealed class LateReleases(PipelineStorage storage, IOptions<HostOptions> options, Pulses pulses, TimeProvider time, ILogger<LateReleases> log) : BackgroundService
{
    // What is not to be seen for so long is over: another Host was done with it.
    private static readonly TimeSpan s_patience = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<JobClaim, (string JobId, long Since)> _jobs = new();

    /// <param name="jobId">Whose claim it is.</param>
    /// <param name="released">As it is to stand there.</param>
    public void Add(string jobId, JobClaim released) => _jobs[released] = (jobId, time.GetTimestamp());

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pulse = pulses.Of("releasing claims late", TimeSpan.FromMinutes(5) + options.Value.ClaimBeat + options.Value.ClaimStaleAfter);
        using var atEnd = stoppingToken.Register(pulse.Rest);
        using var timer = new PeriodicTimer(options.Value.ClaimBeat, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            pulse.Beat();
            await Task.WhenAll(_jobs.Select(job => ReleaseAsync(job.Value.JobId, job.Key, job.Value.Since, stoppingToken))).ConfigureAwait(false);
        }
    }

    private async Task ReleaseAsync(string jobId, JobClaim released, long since, CancellationToken stoppingToken)
    {
        // Not as long as the storage retries, whose pauses grow: whoever comes for the job waits this long, and looks now and then.
        using var limit = new CancellationTokenSource(options.Value.ClaimStaleAfter / 3, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, limit.Token);
        try
        {
            if (await storage.State(jobId).RewriteClaimAsync(released, end.Token).ConfigureAwait(false) || time.GetElapsedTime(since) > s_patience)
            {
                _jobs.TryRemove(released, out _);
            }
        }
        catch (Exception e) when (e is StorageUnavailableException or ArtifactPathException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            log.StillUnreleased(jobId, e.Message);
        }
    }
}
