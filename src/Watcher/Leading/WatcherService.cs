using DipPipeline.Contracts;
using DipPipeline.Jobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>
/// Stands by until no other Watcher leads, then leads. When leadership is lost it stops all work at once and stands by again: the
/// catalogue was out of reach, which ends by itself, and whoever leads by then goes on.
/// </summary>
internal sealed class WatcherService(JobCatalogue catalogue, WatcherTerm term, WatcherStatus status, TimeProvider time, ILogger<WatcherService> log) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The start of the application does not wait for the catalogue.
        await Task.Yield();
        try
        {
            await LeadAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            status.Fault = e;
            throw;
        }
    }

    private async Task LeadAsync(CancellationToken stoppingToken)
    {
        await MigrateAsync(stoppingToken).ConfigureAwait(false);
        while (true)
        {
            status.Role = WatcherRole.StandingBy;
            Log.StandsBy(log);
            var leadership = await catalogue.AcquireLeadershipAsync(stoppingToken).ConfigureAwait(false);
            await using (leadership.ConfigureAwait(false))
            {
                status.Role = WatcherRole.Leading;
                using var lead = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Lost);
                try
                {
                    await term.RunAsync(lead.Token).ConfigureAwait(false);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    if (leadership.Lost.IsCancellationRequested)
                    {
                        Log.LeadsNoMore(log);
                    }
                    else
                    {
                        Log.WorkFailed(log, e, "leading");
                    }
                }
                finally
                {
                    status.Role = WatcherRole.StandingBy;
                }
            }

            await Task.Delay(TimeSpan.FromSeconds(1), time, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task MigrateAsync(CancellationToken cancellation)
    {
        for (var failures = 0; ;)
        {
            try
            {
                await catalogue.MigrateAsync(cancellation).ConfigureAwait(false);
                return;
            }
            // A catalogue that this program cannot use ends it; one that is away is waited for.
            catch (Exception e) when (e is not RefusedException && !cancellation.IsCancellationRequested)
            {
                Log.WorkFailed(log, e, "opening the catalogue");
                await Task.Delay(Work.Delay(failures++), time, cancellation).ConfigureAwait(false);
            }
        }
    }
}
