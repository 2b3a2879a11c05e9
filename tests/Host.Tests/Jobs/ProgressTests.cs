using DipPipeline.Contracts.Messages;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Host.Tests.Jobs;

public sealed class ProgressTests
{
    [Fact]
    public async Task Handle_ManyIterationsWhileTheClockStandsStill_TellsOfTheFirstOnly()
    {
        await using var worker = new Worker(null, new FakeTimeProvider());

        await worker.Handle(worker.Drop(preset: "short", set: ("iterations", "100")));

        Assert.Single(Progress(worker));
        Assert.IsType<RestorationCompleted>(worker.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_ManyIterationsOverSeconds_TellsOfThemTwiceASecondAtMostAndAgainAndAgain()
    {
        // Every look at the clock takes 10 ms.
        var time = new FakeTimeProvider { AutoAdvanceAmount = TimeSpan.FromMilliseconds(10) };
        await using var worker = new Worker(null, time);
        var began = time.GetUtcNow();

        await worker.Handle(worker.Drop(preset: "short", set: ("iterations", "400")));

        var told = Progress(worker);
        Assert.All(told.Zip(told.Skip(1)), pair => Assert.True(pair.Second.At - pair.First.At >= TimeSpan.FromMilliseconds(500)));
        Assert.InRange(told.Count, 3, 1 + (2 * (time.GetUtcNow() - began).TotalSeconds));
    }

    private static List<RestorationProgressed> Progress(Worker worker) => [.. worker.Bus.Sent.OfType<RestorationProgressed>()];
}
