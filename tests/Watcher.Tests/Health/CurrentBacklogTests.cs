using DipPipeline.Jobs.Queries;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Watcher.Tests.Health;

public sealed class CurrentBacklogTests
{
    private static readonly Backlog s_backlog = new() { Waiting = 1, Outstanding = 2, Running = 1, Deferred = 0 };

    private readonly FakeTimeProvider _time = new();
    private int _asked;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_WithinASecond_AsksTheCatalogueOnce()
    {
        var sut = new CurrentBacklog(() => Answer(Task.FromResult(s_backlog)), _time);

        await sut.GetAsync(Cancellation);
        await sut.GetAsync(Cancellation);
        Assert.Equal(1, _asked);

        _time.Advance(CurrentBacklog.Freshness);
        await sut.GetAsync(Cancellation);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task Get_ACatalogueThatHangs_IsGivenUpAndNotAskedAgain()
    {
        var never = new TaskCompletionSource<Backlog>();
        var sut = new CurrentBacklog(() => Answer(never.Task), _time);

        for (var i = 0; i < 2; i++)
        {
            var answer = sut.GetAsync(Cancellation);
            _time.Advance(CurrentBacklog.Patience);
            await Assert.ThrowsAsync<TimeoutException>(() => answer);
        }

        // It is asked on a thread of its own.
        await WatcherRig.UntilAsync(() => Task.FromResult(_asked > 0));
        Assert.Equal(1, _asked);
        never.SetResult(s_backlog);
        Assert.Same(s_backlog, await sut.GetAsync(Cancellation));
    }

    [Fact]
    public async Task Get_AfterAFailure_AsksAnewOnceASecondIsOver()
    {
        var sut = new CurrentBacklog(() => Answer(_asked == 0 ? Task.FromException<Backlog>(new IOException("Away.")) : Task.FromResult(s_backlog)), _time);

        await Assert.ThrowsAsync<IOException>(() => sut.GetAsync(Cancellation));
        _time.Advance(CurrentBacklog.Freshness);

        Assert.Same(s_backlog, await sut.GetAsync(Cancellation));
    }

    private Task<Backlog> Answer(Task<Backlog> answer)
    {
        _asked++;
        return answer;
    }
}
