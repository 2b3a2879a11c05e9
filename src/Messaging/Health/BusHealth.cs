using MassTransit;

namespace DipPipeline.Messaging.Health;

/// <summary>MassTransit's own view of its endpoints; every process has at least one.</summary>
internal sealed class BusHealth(IBusControl bus) : IBusHealth
{
    public BusStatus Check()
    {
        var health = bus.CheckHealth();
        var reason = health.Exception is { } error ? $"{health.Description} ({error.GetBaseException().Message})" : health.Description;
        return new BusStatus(health.Status == BusHealthStatus.Healthy, reason);
    }

    public async Task WaitUntilConnectedAsync(CancellationToken cancellationToken)
    {
        while (await bus.WaitForHealthStatus(BusHealthStatus.Healthy, cancellationToken).ConfigureAwait(false) != BusHealthStatus.Healthy)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
    }
}
