using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Handling;
using Microsoft.Extensions.Options;

namespace DipPipeline.Host;

/// <summary>Takes a message from the queue: everything that may stop its job meets here. Returning acknowledges it.</summary>
internal sealed class RestoreImageHandler(
    RunningJobs running, Attempt attempt, IHostApplicationLifetime lifetime, IOptions<HostOptions> options, TimeProvider time) : IMessageHandler<RestoreImage>
{
    public async Task HandleAsync(RestoreImage message, Delivery delivery, CancellationToken lost)
    {
        var job = running.Begin(message, lost);
        try
        {
            using var onLost = lost.Register(() => job.Stop(StopReason.ConnectionLost));
            using var onLeaving = lifetime.ApplicationStopping.Register(() => job.Leave());
            using var hold = time.CreateTimer(_ => job.Stop(StopReason.SliceEnded), null, options.Value.MaxHold, Timeout.InfiniteTimeSpan);
            await attempt.RunAsync(message, delivery, job).ConfigureAwait(false);
        }
        finally
        {
            running.End(job);
        }
    }
}

/// <summary>A person, or a newer job of the same output, wants a job stopped: fast, where it is at work here.</summary>
internal sealed class CancelRestorationHandler(RunningJobs running) : IMessageHandler<CancelRestoration>
{
    public Task HandleAsync(CancelRestoration message, Delivery delivery, CancellationToken lost)
    {
        running.Cancel(message);
        return Task.CompletedTask;
    }
}
