using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Pipeline.Tests;

/// <summary><c>dip</c> beside a farm: what a person types reaches Watcher and Hosts through broker and catalogue.</summary>
public sealed class CommandTests(Servers servers)
{
    [Fact]
    public async Task Submit_ThroughTheBroker_IsRestored()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Drop("a.png", 1, task: "scans");
        farm.StartWatcher();
        farm.StartHost("one");

        await farm.DipAsync("submit", farm.InWatch("scans/a.png"), "--task", "nothing", "--preset", "once");
        var job = Assert.Single(await farm.UntilDoneAsync(1));

        Assert.Equal((JobState.Completed, "scans/a.png", "once"), (job.State, job.Path, farm.Metrics(job.Output).Preset));
        await farm.AssertNothingAsideAsync();
    }

    [Fact]
    public async Task CancelAndRetry_ARunningJob_StopsItAndDoesItAnew()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("short", ("iterations", "100000"));
        farm.Drop("a.png", 1);
        farm.StartWatcher();
        // Found out by the message alone: no checkpoint asks for the mark.
        var host = farm.StartHost("one", ("Host__CheckpointInterval", "00:10:00"));
        await farm.UntilAsync(jobs => jobs.Any(j => j is { State: JobState.Running, Progress.Iteration: > 0 }), "the job runs");

        Assert.Contains("1 more", await farm.DipAsync("jobs", "cancel", "--all"), StringComparison.Ordinal);
        var job = Assert.Single(await farm.UntilDoneAsync(1));
        Assert.Equal(JobState.Cancelled, job.State);
        await farm.UntilAsync(() => Task.FromResult(host.Log.Any(l => l.Contains(nameof(Contracts.Messages.RestorationCancelled), StringComparison.Ordinal))), "the Host has stopped it");
        Assert.False(File.Exists(farm.Result(job.Output)));

        Assert.Contains("1 job", await farm.DipAsync("jobs", "retry", "--state", "cancelled"), StringComparison.Ordinal);
        await farm.UntilAsync(async () => (await farm.Catalogue.FindAsync(job.JobId))!.Summary is { State: JobState.Running, Progress.Iteration: > 0 }, "it runs again");
        await farm.DipAsync("jobs", "cancel", job.JobId);
        await farm.UntilDoneAsync(1);
        Assert.Equal([AttemptOutcome.Cancelled, AttemptOutcome.Cancelled], (await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts.Select(a => a.Outcome!.Value));
        await farm.AssertNothingAsideAsync();
    }

    [Fact]
    public async Task Sigterm_TheWatcher_EndsInTimeWithNothingWrong()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("once");
        farm.Drop("a.png", 1);
        var watcher = farm.StartWatcher();
        await farm.UntilAsync(jobs => jobs.Any(j => j.State == JobState.Queued), "the job is published");

        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Equal(0, await watcher.StopAsync());

        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
        Assert.DoesNotContain(watcher.Log, l => l.StartsWith("fail:", StringComparison.Ordinal) || l.StartsWith("crit:", StringComparison.Ordinal));
    }
}
