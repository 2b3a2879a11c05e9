using DipPipeline.Messaging.Health;
using DipPipeline.PluginHost;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DipPipeline.Host;

/// <summary>
/// Whether this Host can do jobs: plugins load, the devices compute, the broker is there. Without one of several plugins it is degraded
/// only: the jobs of the others are done, and those of that one deferred to another Host.
/// </summary>
internal sealed class ReadyCheck(PluginCatalogue plugins, DeviceWatch devices, IBusHealth bus) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        var all = plugins.LoadAll().Entries;
        var failed = all.Where(e => e.Status == PluginStatus.Failed).ToList();
        var reasons = string.Join(" ", failed.Select(e => $"'{e.Name}': {e.Reason}").DefaultIfEmpty("there is none."));
        if (failed.Count == all.Count)
        {
            problems.Add($"No plugin can be used: {reasons}");
        }

        problems.AddRange(await devices.ProblemsAsync(cancellationToken).ConfigureAwait(false));
        if (bus.Check() is { IsConnected: false } status)
        {
            problems.Add(status.Reason);
        }

        return problems.Count > 0 ? HealthCheckResult.Unhealthy(string.Join(" ", problems))
            : failed.Count > 0 ? HealthCheckResult.Degraded($"{failed.Count} of {all.Count} plugins cannot be used: {reasons}")
            : HealthCheckResult.Healthy();
    }
}
