using DipPipeline.Jobs;
using DipPipeline.Messaging.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DipPipeline.Watcher;

/// <summary>Ready: the catalogue answers, the broker is connected, and this process leads or stands by.</summary>
internal sealed class ReadyCheck(JobCatalogue catalogue, IBusHealth bus, WatcherStatus status) : IHealthCheck
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (status.Role == WatcherRole.Starting)
        {
            return HealthCheckResult.Unhealthy("The catalogue is not open yet.");
        }

        if (bus.Check() is { IsConnected: false } away)
        {
            return HealthCheckResult.Unhealthy(away.Reason);
        }

        try
        {
            await Task.Run(() => catalogue.OutstandingAsync(cancellationToken), cancellationToken).WaitAsync(s_patience, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy(status.Role == WatcherRole.Leading ? "It leads." : "It stands by.");
        }
        // Whatever keeps the catalogue from answering is the answer.
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return HealthCheckResult.Unhealthy($"The catalogue does not answer: {e.GetBaseException().Message}");
        }
    }
}
