using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>Whether the work goes on: not whether the broker is there, which a restart would not bring back.</summary>
internal sealed class LiveCheck(RunningJobs running, IOptions<HostOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(running.LongestSilence is var silence && silence <= options.Value.StallAfter
            ? HealthCheckResult.Healthy($"{running.Count} job(s) at work")
            : HealthCheckResult.Unhealthy($"Nothing was heard of a running optimisation for {silence}; Host:StallAfter is {options.Value.StallAfter}."));
}
