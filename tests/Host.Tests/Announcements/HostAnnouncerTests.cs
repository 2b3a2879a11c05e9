using DipPipeline.Contracts.Messages;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Host.Tests.Announcements;

public sealed class HostAnnouncerTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Run_AnnouncesSlotsAndTasksAtItsStartEveryHalfMinuteAndAsItLeaves()
    {
        var time = new FakeTimeProvider();
        await using var worker = new Worker(null, time, ("Host:Slots", "3"));
        var announcer = worker.Loops.OfType<HostAnnouncer>().Single();

        await announcer.StartAsync(Now);
        var first = (await Announced(worker, 1))[0];
        Assert.Equal((3, 0, "cpu", false), (first.Slots, first.Busy, first.Device, first.IsLeaving));
        Assert.Contains(new TaskVersion("nothing", "1.0.0"), first.Tasks);

        time.Advance(TimeSpan.FromSeconds(29));
        Assert.Single(worker.Bus.Sent.OfType<HostAnnounced>());
        time.Advance(TimeSpan.FromSeconds(1));
        await Announced(worker, 2);
        time.Advance(TimeSpan.FromSeconds(30));
        Assert.All(await Announced(worker, 3), a => Assert.False(a.IsLeaving));

        worker.Lifetime.StopApplication();
        Assert.Equal([false, false, false, true], (await Announced(worker, 4)).Select(a => a.IsLeaving));
        await announcer.StopAsync(Now);
    }

    // The loop is on a thread of its own.
    private static async Task<IReadOnlyList<HostAnnounced>> Announced(Worker worker, int count)
    {
        while (worker.Bus.Sent.OfType<HostAnnounced>().Count() < count)
        {
            await Task.Delay(10, Now);
        }

        return [.. worker.Bus.Sent.OfType<HostAnnounced>()];
    }
}
