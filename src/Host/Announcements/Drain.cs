using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Health;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>Ends the process once there has been nothing to do for <see cref="HostOptions.DrainAfter"/>.</summary>
internal sealed class Drain(IRestoreQueue queue, IBusHealth health, RunningJobs running, Pulses pulses, IHostApplicationLifetime lifetime, IOptions<HostOptions> options, TimeProvider time, ILogger<Drain> log)
    : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.DrainAfter is not { } limit)
        {
            return;
        }

        await health.WaitUntilConnectedAsync(stoppingToken).ConfigureAwait(false);
        var connected = time.GetTimestamp();
        // Far longer than the broker is waited for.
        var pulse = pulses.Of("watching for an empty queue", TimeSpan.FromMinutes(5));
        using var end = stoppingToken.Register(pulse.Rest);
        using var timer = new PeriodicTimer(s_interval, time);
        do
        {
            pulse.Beat();
            var idle = running.Idle < time.GetElapsedTime(connected) ? running.Idle : time.GetElapsedTime(connected);
            if (idle >= limit && (await queue.DepthAsync(stoppingToken).ConfigureAwait(false))?.Ready == 0 && running.Count == 0)
            {
                log.Drained(idle);
                lifetime.StopApplication();
                return;
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }
}
