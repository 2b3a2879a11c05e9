using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DipPipeline.Watcher;

/// <summary>Live: no loop of this process hangs. What it depends on is a matter of being ready: a restart would not bring that back.</summary>
internal sealed class LiveCheck(Pulses pulses) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(pulses.Fault is { } fault ? HealthCheckResult.Unhealthy(fault) : HealthCheckResult.Healthy());
}
