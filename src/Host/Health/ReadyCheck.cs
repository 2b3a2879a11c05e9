using DipPipeline.Engine.Optimisation;
using DipPipeline.Messaging.Health;
using DipPipeline.PluginHost;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace DipPipeline.Host;

/// <summary>Whether this Host can do jobs: a plugin loads, the device computes, the broker is there.</summary>
internal sealed class ReadyCheck(PluginCatalogue plugins, HostIdentity host, IBusHealth bus) : IHealthCheck
{
    // Devices are asked once: afterwards the jobs themselves tell.
    private readonly Lazy<string?> _problem = new(() => host.Devices.Select(Problem).FirstOrDefault(problem => problem is not null));

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var problems = new List<string>();
        if (plugins.LoadAll().Entries.All(e => e.Status == PluginStatus.Failed))
        {
            problems.Add($"No plugin can be used: {string.Join(" ", plugins.Entries.Select(e => $"'{e.Name}': {e.Reason}").DefaultIfEmpty("there is none."))}");
        }

        if (_problem.Value is { } problem)
        {
            problems.Add(problem);
        }

        if (bus.Check() is { IsConnected: false } status)
        {
            problems.Add(status.Reason);
        }

        return Task.FromResult(problems.Count == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(string.Join(" ", problems)));
    }

    private static string? Problem(string device)
    {
#pragma warning disable CA1031 // Whatever a driver throws means the same here.
        try
        {
            return DeviceProbe.Computes(device) ? null : $"Device '{device}' computes wrongly.";
        }
        catch (Exception e)
        {
            return $"Device '{device}' does not compute: {e.Message.Split('\n')[0]}";
        }
#pragma warning restore CA1031
    }
}
