using System.Threading.Channels;
using DipPipeline.Jobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Watcher.Tests.Health;

public sealed class LiveCheckTests
{
    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_ALoopThatHangsInItsWork_IsUnhealthy_OneThatWaitsIsNot()
    {
        var pulses = new Pulses(_time);
        var check = new LiveCheck(pulses);
        var (wake, begun, work) = (new WakeUp(), new SemaphoreSlim(0), new TaskCompletionSource());
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var loop = Work.RepeatAsync(
            "publishing", wake, TimeSpan.FromDays(1),
            async token =>
            {
                begun.Release();
                await work.Task.WaitAsync(token);
            },
            pulses.Of("publishing", Work.LongestSilence), _time, NullLogger.Instance, end.Token);
        await begun.WaitAsync(Cancellation);

        _time.Advance(Work.LongestSilence);
        Assert.Equal(HealthStatus.Healthy, await StatusAsync());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(HealthStatus.Unhealthy, await StatusAsync());
        Assert.StartsWith("Nothing was heard of publishing for ", pulses.Fault, StringComparison.Ordinal);

        work.SetResult();
        await WatcherRig.UntilAsync(async () => await StatusAsync() == HealthStatus.Healthy);
        _time.Advance(TimeSpan.FromHours(20));
        Assert.Equal(HealthStatus.Healthy, await StatusAsync());
        await end.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);

        async Task<HealthStatus> StatusAsync() => (await check.CheckHealthAsync(new HealthCheckContext(), Cancellation)).Status;
    }

    [Fact]
    public async Task Loops_OfAWatcherThatLeads_AllGiveSignsOfLife()
    {
        await using var rig = new WatcherRig(("Watcher:Readers", "1"));
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        // Notes are written of what is done.
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        var pulses = watcher.Host.Services.GetRequiredService<Pulses>();

        string[] expected =
        [
            "copying results", "entering pictures", "entering submissions", "publishing", "reading pictures (1)", "reconciling", "telling Hosts to stop",
            $"watching {rig.Files.At("watch/denoise")}", "writing notes beside results", "writing progress",
        ];
        // Each begins on a thread of its own.
        await WatcherRig.UntilAsync(() => Task.FromResult(!expected.Except(pulses.Heard).Any()));
    }

    [Fact]
    public async Task EntryPipeline_OnePartFails_AllEndAndTheFailureIsSeen()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        var services = watcher.Host.Services;
        var pipeline = new EntryPipeline(
            watcher.Catalogue, new SourceIndex(), services.GetRequiredService<WatcherSignals>(), services.GetRequiredService<ResultNotes>(), 2,
            new Pulses(_time), TimeProvider.System, NullLogger<EntryPipeline>.Instance);
        var running = pipeline.RunAsync(Cancellation);
        var picture = LocalFile.Of("denoise/photo.png", rig.Files.Write("photo.png", "content"))!;

        // Neither options nor a rejection: a fault of whoever looked.
        await pipeline.Looks.WriteAsync(new SourceLook { Source = "denoise/photo.png", Task = "denoise", PluginVersion = "1", Picture = picture, Fingerprint = default, Output = "denoise/photo.png" }, Cancellation);

        await Assert.ThrowsAsync<NullReferenceException>(() => running.WaitAsync(TimeSpan.FromSeconds(30), Cancellation));
    }
}
