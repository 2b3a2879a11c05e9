using DipPipeline.Engine.Restoration;

namespace DipPipeline.Engine.Tests.Tiling;

public sealed class LanesTests
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    /// <summary>Each waits for the others, which ends only if all run at the same time.</summary>
    [Fact(Timeout = 60_000)]
    public async Task Run_Several_AreAtWorkAtTheSameTime_TheFirstOnTheCallersThread()
    {
        var (caller, threads) = (0, new int[4]);
        using var all = new Barrier(4);
        await Task.Run(
            () =>
            {
                caller = Environment.CurrentManagedThreadId;
                Lanes.Run(
                    4,
                    (lane, stop) =>
                    {
                        all.SignalAndWait(stop);
                        threads[lane] = Environment.CurrentManagedThreadId;
                    },
                    Now);
            },
            Now);
        Assert.Equal(4, threads.Distinct().Count());
        Assert.Equal(caller, threads[0]);
    }

    /// <summary>The one that failed says why, not those that were stopped for it; none is left at work.</summary>
    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Run_OneFails_StopsTheOthers_AndThrowsIt(int failing)
    {
        var ended = 0;
        var failure = await Assert.ThrowsAsync<InvalidTimeZoneException>(() => Task.Run(
            () => Lanes.Run(
                3,
                (lane, stop) =>
                {
                    try
                    {
                        if (lane == failing)
                        {
                            throw new InvalidTimeZoneException("here");
                        }

                        stop.WaitHandle.WaitOne();
                        stop.ThrowIfCancellationRequested();
                    }
                    finally
                    {
                        Interlocked.Increment(ref ended);
                    }
                },
                Now),
            Now));
        Assert.Equal(("here", 3), (failure.Message, ended));
    }

    [Fact]
    public void Run_Cancelled_ThrowsThat()
    {
        using var cancellation = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() => Lanes.Run(
            2,
            (lane, stop) =>
            {
                cancellation.Cancel();
                stop.WaitHandle.WaitOne();
                stop.ThrowIfCancellationRequested();
            },
            cancellation.Token));
    }
}
