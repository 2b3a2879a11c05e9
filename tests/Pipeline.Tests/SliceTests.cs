using DipPipeline.Jobs;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Pipeline.Tests;

/// <summary>A broker that closes a channel whose delivery is not acknowledged in time, and jobs that take longer.</summary>
public sealed class SliceTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_consumerTimeout = LongForm.Or(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60));

    [Fact]
    public async Task MaxHoldBelowTheConsumerTimeout_TheJobLivesInSlices()
    {
        var (job, attempts, log) = await RunAsync(maxHold: LongForm.Or("00:00:02", "00:00:30"));
        Assert.Equal(JobState.Completed, job.State);
        Assert.True(attempts.Count > 3, $"{attempts.Count} slices");
        Assert.Equal(Jobs.Queries.AttemptOutcome.Completed, attempts[^1].Outcome);
        Assert.All(attempts.SkipLast(1), a => Assert.Equal(Jobs.Queries.AttemptOutcome.HandedBack, a.Outcome));
        Assert.DoesNotContain("timed out", log, StringComparison.Ordinal);
        Assert.DoesNotContain("gave no sign of life", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MaxHoldAboveIt_TheChannelIsLost()
    {
        // So that the test above can fail.
        var (_, attempts, log) = await RunAsync(maxHold: "00:10:00");
        Assert.Contains(attempts, a => a.Outcome != Jobs.Queries.AttemptOutcome.HandedBack && a.Outcome != Jobs.Queries.AttemptOutcome.Completed);
        Assert.Contains("timed out", log, StringComparison.Ordinal);
    }

    private async Task<(Jobs.Queries.JobSummary Job, IReadOnlyList<Jobs.Queries.JobAttempt> Attempts, string Log)> RunAsync(string maxHold)
    {
        Assert.SkipUnless(RabbitMqServer.IsInstalled, RabbitMqServer.NotInstalled);
        await using var broker = await RabbitMqServer.StartNewAsync(s_consumerTimeout);
        await using var farm = await Farm.SharedAsync(broker);
        farm.Options("short", ("iterations", LongForm.Or("16000", "250000")));
        farm.Drop("long.png", 1);
        farm.StartWatcher();
        farm.StartHost("one", ("Host__MaxHold", maxHold));
        var job = Assert.Single(await farm.UntilDoneAsync(1, TimeSpan.FromMinutes(LongForm.Or(5, 60))));
        var attempts = (await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts;
        output.WriteLine(string.Join(Environment.NewLine, attempts.Select(a => a.ToString())));
        await farm.AssertNothingAsideAsync();
        // The broker's, and those of the programs.
        return (job, attempts, string.Join('\n', [.. Directory.EnumerateFiles(broker.LogFolder, "*.log").Select(File.ReadAllText), .. farm.Programs.SelectMany(p => p.Log)]));
    }
}
