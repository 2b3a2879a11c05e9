using System.Diagnostics;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Pipeline.Tests;

/// <summary>The chain of an end: handlers within the bus's time, the bus within the process's.</summary>
public sealed class StopTests(Servers servers)
{
    // Host:StopTimeout's default.
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Sigterm_InsideAnIterationThatDoesNotEnd_EndsInTime_AndAnotherGoesOnFromTheCheckpoint()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("short", ("iterations", "1000"), ("hold", farm.Hold()));
        farm.Drop("a.png", 1);
        // A silence as long as this one is no reason to publish the job again.
        farm.StartWatcher(("Watcher__SilentAfter", "00:10:00"));
        var first = farm.StartHost("one");
        await farm.UntilAsync(jobs => jobs.Any(j => j is { State: JobState.Running, Progress.Iteration: > 0 }), "the job runs");
        await farm.HoldAsync();

        var began = Stopwatch.GetTimestamp();
        Assert.Equal(0, await first.StopAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, s_stopTimeout);

        File.Delete(farm.Hold());
        farm.StartHost("two");
        var job = Assert.Single(await farm.UntilDoneAsync(1));
        Assert.Equal(JobState.Completed, job.State);
        var attempts = (await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts;
        Assert.Equal([("one", AttemptOutcome.HandedBack), ("two", AttemptOutcome.Completed)], attempts.Select(a => (a.Host, a.Outcome!.Value)));
        Assert.DoesNotContain(farm.Programs.SelectMany(p => p.Log), l => l.Contains("gave no sign of life", StringComparison.Ordinal));
        await farm.AssertNothingAsideAsync();
    }

    [Theory]
    [InlineData("Messaging__ConsumerStopTimeout", "00:00:16", "Messaging:ConsumerStopTimeout is 00:00:16; accepted: more than 0, at most StopTimeout (00:00:15).")]
    [InlineData("Messaging__StopTimeout", "00:00:11", "Messaging:ConsumerStopTimeout is 00:00:12; accepted: more than 0, at most StopTimeout (00:00:11).")]
    [InlineData("Messaging__StopTimeout", "00:00:21", "Messaging:StopTimeout is 00:00:21; accepted: at most the time that the process has, Host:StopTimeout of a Host (00:00:20).")]
    [InlineData("Host__StopTimeout", "00:00:14", "Messaging:StopTimeout is 00:00:15; accepted: at most the time that the process has, Host:StopTimeout of a Host (00:00:14).")]
    public async Task TimesTheWrongWayRound_AreOneSentenceAndExitCodeTwo(string setting, string value, string sentence)
    {
        await using var farm = Farm.Embedded();

        var host = farm.StartHost("one", (setting, value));

        Assert.Equal(2, await host.EndAsync(TimeSpan.FromSeconds(60)));
        Assert.Equal([$"host: {sentence}"], host.Said);
    }

    [Theory]
    [InlineData("Host__Slots", "x", "'x' at 'Host:Slots'")]
    [InlineData("Messaging__StopTimeout", "soon", "'soon' at 'Messaging:StopTimeout'")]
    [InlineData("Health__Port", "x", "Health:Port is 'x'")]
    [InlineData("Health__Port", "70000", "Health:Port")]
    public async Task ASettingThatIsNoValue_IsOneSentenceAndExitCodeTwo(string setting, string value, string part)
    {
        await using var farm = Farm.Embedded();

        var host = farm.StartHost("one", (setting, value));

        Assert.Equal(2, await host.EndAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains(part, Assert.Single(host.Said), StringComparison.Ordinal);
    }
}
