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
    private readonly LiveCheck _check;

    public LiveCheckTests()
    {
        _running = new RunningJobs(_time);
        _check = new LiveCheck(_running, Options.Create(new HostOptions { StallAfter = s_stall }));
    }

    [Fact]
    public async Task Check_NothingHeardOfAJobForTooLong_IsUnhealthyUntilItEnds()
    {
        var job = _running.Begin(_worker.Drop());
        _time.Advance(s_stall);
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);

        _time.Advance(TimeSpan.FromSeconds(1));
        var stalled = await Check();
        Assert.Equal(HealthStatus.Unhealthy, stalled.Status);
        Assert.Contains("Host:StallAfter is 00:01:00", stalled.Description, StringComparison.Ordinal);

        _running.End(job);
        Assert.Equal(HealthStatus.Healthy, (await Check()).Status);
    }

    [Fact]
    public async Task Check_ASignOfLifeOfOneJob_SpeaksForThatOneOnly()
    {
        var (quiet, lively) = (_running.Begin(_worker.Drop("nothing/a.png")), _running.Begin(_worker.Drop("nothing/b.png")));
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

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private Task<HealthCheckResult> Check() => _check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
}
