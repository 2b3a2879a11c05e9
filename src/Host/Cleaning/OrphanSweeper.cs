using DipPipeline.Storage;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>Removes the state of jobs that nobody has touched for days: their messages are gone for good, or they begin anew.</summary>
internal sealed class OrphanSweeper(PipelineStorage storage, IOptions<HostOptions> options, Pulses pulses, TimeProvider time, ILogger<OrphanSweeper> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromHours(6);

    // Far longer than the storage is waited for.
    private readonly Pulse _pulse = pulses.Of("sweeping old state", TimeSpan.FromMinutes(30));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var end = stoppingToken.Register(_pulse.Rest);
        using var timer = new PeriodicTimer(s_interval, time);
        do
        {
            try
            {
                await SweepAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is StorageUnavailableException or UnauthorizedAccessException)
            {
                log.SweepFailed(e.Message);
            }

            _pulse.Rest();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    internal async Task SweepAsync(CancellationToken cancellation)
    {
        // The one place where a clock is compared with another: days do not mind minutes.
        var limit = time.GetUtcNow() - options.Value.OrphansAfter;
        var count = 0;
        _pulse.Beat();
        foreach (var folder in await storage.Results.FoldersAsync(JobState.Root, cancellation).ConfigureAwait(false))
        {
            _pulse.Beat();
            if (folder.Modified < limit)
            {
                await storage.State(folder.Name).RemoveAsync(cancellation).ConfigureAwait(false);
                count++;
            }
        }

        if (count > 0)
        {
            log.Swept(count, options.Value.OrphansAfter);
        }
    }
}
