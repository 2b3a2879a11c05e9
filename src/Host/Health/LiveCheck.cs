using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DipPipeline.Host;

/// <summary>Whether the work goes on: not whether the broker is there, which a restart would not bring back.</summary>
internal sealed class LiveCheck(RunningJobs running, Pulses pulses) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(running.Stalled is { } hung
            ? HealthCheckResult.Unhealthy($"Nothing was heard of the optimisation of job {hung.Message.JobId} for {hung.Silence}, far longer than its iterations take.")
            : pulses.Fault is { } fault ? HealthCheckResult.Unhealthy(fault)
            : HealthCheckResult.Healthy($"{running.Count} job(s) at work"));
}
