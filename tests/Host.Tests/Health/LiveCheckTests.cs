using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Host.Tests.Health;

public sealed class LiveCheckTests : IAsyncDisposable
{
    private static readonly TimeSpan s_stall = TimeSpan.FromMinutes(1);

    private readonly Worker _worker = new();
    private readonly FakeTimeProvider _time = new();
    private readonly RunningJobs _running;
    private readonly Pulses _pulses;
    private readonly LiveCheck _check;

    public LiveCheckTests()
    {
        _running = new RunningJobs(Options.Create(new HostOptions { StallAfter = s_stall }), _time);
        _pulses = new Pulses(_time);
        _check = new LiveCheck(_running, _pulses);
    }

    [Fact]
    public async Task Check_NothingHeardOfAJobForTooLong_IsUnhealthyUntilItEnds()
    {
        var job = Begin("nothing/a.png");
        _time.Advance(s_stall);
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);

        _time.Advance(TimeSpan.FromSeconds(1));
        var stalled = await Check();
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.Contains(job.Message.JobId, stalled.Description, StringComparison.Ordinal);

        _running.End(job);
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);
    }

    [Fact]
    public async Task Check_ASignOfLifeOfOneJob_SpeaksForThatOneOnly()
    {
        var (quiet, lively) = (Begin("nothing/a.png"), Begin("nothing/b.png"));
        _time.Advance(s_stall * 2);

        lively.Heard();
        Assert.Equal(HealthStatus.Unhealthy, (await Check()).Status);
        quiet.Heard();
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);
    }

    [Fact]
    public async Task Check_IdleForHours_IsHealthy()
    {
        _time.Advance(TimeSpan.FromHours(12));
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);
    }

    [Fact]
    public async Task Check_AJobThatWaitsForItsSlot_IsHealthy()
    {
        _running.Begin(_worker.Drop(), CancellationToken.None);
        _time.Advance(s_stall * 2);
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);
    }

    [Fact]
    public async Task Check_ALoopThatHangs_IsUnhealthyUntilItGoesOnOrWaits()
    {
        var pulse = _pulses.Of("announcing", TimeSpan.FromMinutes(5));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);

        pulse.Beat();
        _time.Advance(TimeSpan.FromMinutes(6));
        var hung = await Check();
        Assert.Equal((HealthStatus.Unhealthy, "Nothing was heard of announcing for 00:06:00."), (hung.Status, hung.Description));

        pulse.Beat();
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);
        pulse.Rest();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);
    }

    [Fact(Timeout = 60_000)]
    public async Task Loops_OfTheHost_GiveSignsOfLife()
    {
        var loops = _worker.Loops;
        await Task.WhenAll(loops.Select(loop => loop.StartAsync(TestContext.Current.CancellationToken)));

        // Each begins on a thread of its own.
        string[] expected = ["announcing this Host", "releasing claims late", "sweeping old state"];
        while (expected.Except(_worker.Get<Pulses>().Heard).Any())
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        await Task.WhenAll(loops.Select(loop => loop.StopAsync(TestContext.Current.CancellationToken)));
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private RunningJob Begin(string picture)
    {
        var job = _running.Begin(_worker.Drop(picture), CancellationToken.None);
        job.Heard();
        return job;
    }

    private Task<HealthCheckResult> Check() => _check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
}
