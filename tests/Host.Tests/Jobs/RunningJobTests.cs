using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Host.Tests.Jobs;

public sealed class RunningJobTests
{
    private static readonly TimeSpan s_stallAfter = TimeSpan.FromMinutes(10);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Stalled_BeforeTheOptimisationBegins_Never()
    {
        using var job = new RunningJob(null!, s_stallAfter, _time, CancellationToken.None);
        _time.Advance(TimeSpan.FromDays(1));
        Assert.False(job.IsStalled);
    }

    [Theory]
    [InlineData(1, 10, false)]
    [InlineData(1, 11, true)]
    [InlineData(120, 11, false)]
    [InlineData(120, 40, false)]
    [InlineData(120, 41, true)]
    public void Stalled_FarLongerThanEverBefore_AndThanTheSetting(int secondsAnIteration, int minutesOfSilence, bool isStalled)
    {
        using var job = new RunningJob(null!, s_stallAfter, _time, CancellationToken.None);
        job.Heard();
        _time.Advance(TimeSpan.FromSeconds(secondsAnIteration));
        job.Heard();

        _time.Advance(TimeSpan.FromMinutes(minutesOfSilence));

        Assert.Equal(isStalled, job.IsStalled);
    }

    [Fact]
    public void Stalled_WhileStorageIsWaitedFor_NeverAndItsTimeIsNoIterations()
    {
        using var job = new RunningJob(null!, s_stallAfter, _time, CancellationToken.None);
        job.Heard();
        job.Pause();
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(job.IsStalled);

        job.Heard();
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.True(job.IsStalled);
    }
}
