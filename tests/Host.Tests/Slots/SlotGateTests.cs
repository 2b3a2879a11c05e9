namespace DipPipeline.Host.Tests.Slots;

public sealed class SlotGateTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly SlotGate _gate = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Enter_Several_RunBesideEachOther()
    {
        using var first = await Enter();
        using var second = await Enter();
        using var third = await Enter();
    }

    [Fact]
    public async Task EnterAlone_WhileOthersRun_WaitsForTheLastOfThem()
    {
        var (first, second) = (await Enter(), await Enter());
        var alone = Enter(alone: true);

        first.Dispose();
        await AssertWaits(alone);
        second.Dispose();

        (await alone).Dispose();
    }

    [Fact]
    public async Task Enter_WhileOneWaitsToRunAlone_WaitsUntilThatOneHasLeft()
    {
        var running = await Enter();
        var alone = Enter(alone: true);
        var newcomer = Enter();
        await AssertWaits(newcomer);

        running.Dispose();
        using (await alone)
        {
            await AssertWaits(newcomer);
        }

        (await newcomer).Dispose();
    }

    [Fact]
    public async Task Enter_WhileOneRunsAlone_AllWhoWaitGoOnWhenItLeaves()
    {
        var alone = await Enter(alone: true);
        Task<SlotGate.Place>[] newcomers = [Enter(), Enter(), Enter()];
        await AssertWaits(newcomers);

        alone.Dispose();

        await Task.WhenAll(newcomers);
    }

    [Fact]
    public async Task EnterAlone_Two_RunOneAfterTheOther()
    {
        var first = await Enter(alone: true);
        var second = Enter(alone: true);
        await AssertWaits(second);

        first.Dispose();

        (await second).Dispose();
    }

    [Fact]
    public async Task EnterAlone_CancelledWhileWaiting_LetsNewcomersIn()
    {
        using var running = await Enter();
        using var cancel = new CancellationTokenSource();
        var alone = _gate.EnterAsync(alone: true, cancel.Token);
        var newcomer = Enter();
        await AssertWaits(newcomer);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => alone);
        (await newcomer).Dispose();
    }

    [Fact]
    public async Task Enter_CancelledWhileWaiting_TakesNoPlace()
    {
        var running = await Enter(alone: true);
        using var cancel = new CancellationTokenSource();
        var cancelled = _gate.EnterAsync(alone: false, cancel.Token);
        var next = Enter(alone: true);

        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        running.Dispose();

        (await next).Dispose();
    }

    [Fact]
    public async Task Leave_Twice_CountsOnce()
    {
        var (first, second) = (await Enter(), await Enter());
        first.Dispose();
        first.Dispose();

        var alone = Enter(alone: true);
        await AssertWaits(alone);
        second.Dispose();

        (await alone).Dispose();
    }

    [Fact]
    public async Task Leave_TwiceAfterRunningAlone_DoesNotEndTheNextOnesSolitude()
    {
        var first = await Enter(alone: true);
        first.Dispose();
        using var second = await Enter(alone: true);
        first.Dispose();

        await AssertWaits(Enter());
    }

    [Fact]
    public async Task Enter_SeveralAtOnce_EachGetsTheLowestFreeSlot()
    {
        using var first = await Enter();
        var second = await Enter();
        using var third = await Enter();
        second.Dispose();
        using var fourth = await Enter();

        Assert.Equal([0, 1, 2, 1], [first.Slot, second.Slot, third.Slot, fourth.Slot]);
    }

    private Task<SlotGate.Place> Enter(bool alone = false) => _gate.EnterAsync(alone, Now).WaitAsync(s_patience);

    // A turn of all who were woken: whoever could go on has.
    private static async Task AssertWaits(params Task<SlotGate.Place>[] entering)
    {
        await Task.Delay(50, Now);
        Assert.DoesNotContain(entering, e => e.IsCompleted);
    }
}
