using System.Collections.Concurrent;
using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>
/// Claims whose attempt ended in good order while the storage was away: released as soon as it is back, before they count as a dead
/// Host's. Only where this process ends first does such an end count as a crash.
/// </summary>
internal sealed class LateReleases(PipelineStorage storage, IOptions<HostOptions> options, Pulses pulses, TimeProvider time, ILogger<LateReleases> log) : BackgroundService
{
    private readonly ConcurrentDictionary<JobClaim, string> _jobs = new();

    /// <param name="jobId">Whose claim it is.</param>
    /// <param name="released">As it is to stand there.</param>
    public void Add(string jobId, JobClaim released)
    {
        log.ReleaseLater(jobId);
        _jobs[released] = jobId;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pulse = pulses.Of("releasing claims late", TimeSpan.FromMinutes(5) + options.Value.ClaimBeat + options.Value.ClaimStaleAfter);
        using var atEnd = stoppingToken.Register(pulse.Rest);
        using var timer = new PeriodicTimer(options.Value.ClaimBeat, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            pulse.Beat();
            await Task.WhenAll(_jobs.Select(job => ReleaseAsync(job.Value, job.Key, stoppingToken))).ConfigureAwait(false);
        }
    }

    private async Task ReleaseAsync(string jobId, JobClaim released, CancellationToken stoppingToken)
    {
        // Not as long as the storage retries, whose pauses grow: whoever comes for the job waits this long, and looks now and then.
        using var limit = new CancellationTokenSource(options.Value.ClaimStaleAfter / 3, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, limit.Token);
        try
        {
            await storage.State(jobId).RewriteClaimAsync(released, end.Token).ConfigureAwait(false);
            _jobs.TryRemove(released, out _);
        }
        catch (Exception e) when (e is StorageUnavailableException or ArtifactPathException || (e is OperationCanceledException && !stoppingToken.IsCancellationRequested))
        {
            log.StillUnreleased(jobId, e.Message);
        }
    }
}
