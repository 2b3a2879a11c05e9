using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Sending;
using DipPipeline.PluginHost;

namespace DipPipeline.Host;

/// <summary>Says that this Host is there: at its start, every 30 s, and when it leaves.</summary>
internal sealed class HostAnnouncer(
    IPipelineBus bus, IBusHealth health, HostIdentity host, PluginCatalogue plugins, RunningJobs running, Pulses pulses, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<HostAnnouncer> log)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var onLeaving = lifetime.ApplicationStopping.Register(() => Announce(isLeaving: true));
        await health.WaitUntilConnectedAsync(stoppingToken).ConfigureAwait(false);
        foreach (var broken in plugins.Entries.Where(e => e.Status == PluginStatus.Failed))
        {
            log.PluginUnusable(broken.Name, broken.Reason);
        }

        foreach (var problem in host.LeftOut)
        {
            log.DeviceLeftOut(problem);
        }

        log.Ready(host.Name, host.Slots, host.Threads, host.Device, string.Join(", ", Tasks().Select(t => $"{t.Task} {t.Version}")));
        var pulse = pulses.Of("announcing this Host", 10 * s_interval);
        using var end = stoppingToken.Register(pulse.Rest);
        using var timer = new PeriodicTimer(s_interval, time);
        do
        {
            pulse.Beat();
            Announce(isLeaving: false);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private void Announce(bool isLeaving) => bus.PublishTransient(new HostAnnounced
    {
        Host = host.Name,
        Slots = host.Slots,
        Busy = Math.Min(running.Count, host.Slots),
        Device = host.Device,
        Tasks = Tasks(),
        IsLeaving = isLeaving,
    });

    private IReadOnlyList<TaskVersion> Tasks() =>
        [.. plugins.Entries.Where(e => e.Status != PluginStatus.Failed).Select(e => new TaskVersion(e.Manifest!.Task.Id, e.Manifest.Task.Version))];
}
