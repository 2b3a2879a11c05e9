using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using DipPipeline.Storage;
using JobState = DipPipeline.Jobs.JobState;

namespace DipPipeline.Pipeline.Tests;

/// <summary>A job that takes its Host with it.</summary>
public sealed class CrashTests(Servers servers)
{
    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AfterTheSecondCrash_TheJobRunsAlone_AndTakesNoOtherWithIt()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("short", ("iterations", "5"), ("hold", farm.Hold()));
        farm.Drop("bad.png", 1, task: "aborts");
        farm.StartWatcher(("Watcher__SilentAfter", "00:10:00"));
        foreach (var name in (string[])["first", "second"])
        {
            Assert.NotEqual(0, await Host(name).EndAsync(TimeSpan.FromMinutes(1)));
        }

        farm.Drop("good.png", 2);
        await farm.UntilAsync(jobs => jobs.Any(j => j is { Task: "nothing", State: JobState.Queued }), "the good one's message waits at the broker");
        await File.WriteAllTextAsync(farm.Hold(), "", Now);
        // Long enough for the good one to be at work before the dead claim of the bad one is taken over.
        var third = Host("third", ("Host__ClaimStaleAfter", "00:00:08"));
        await farm.UntilAsync(() => Task.FromResult(File.Exists(farm.Hold() + ".held")), "the good one is at work");
        var bad = (await farm.JobsAsync()).Single(j => j.Task == "aborts").JobId;
        var results = new LocalArtifactStore(farm.Result(""));
        var state = new PipelineStorage(results, results).State(bad);
        await farm.UntilAsync(async () => third.HasExited || await state.ClaimAsync(Now) is { Host: "third", IsWaiting: true, Crashes: 2 }, "the bad one waits to run alone");
        Assert.False(third.HasExited);

        File.Delete(farm.Hold());
        Assert.NotEqual(0, await third.EndAsync(TimeSpan.FromMinutes(1)));
        Host("fourth");
        var jobs = await farm.UntilDoneAsync(2);

        Assert.Equal(
            [("aborts/bad.png", JobState.Failed), ("nothing/good.png", JobState.Completed)],
            jobs.Select(j => (j.Path, j.State)).Order());
        var attempt = Assert.Single((await farm.Catalogue.FindAsync(jobs.Single(j => j.Task == "nothing").JobId, Now))!.Attempts);
        Assert.Equal(("third", AttemptOutcome.Completed), (attempt.Host, attempt.Outcome));
        var failed = (await farm.Catalogue.FindAsync(bad, Now))!;
        Assert.Equal(["first", "second", "third"], failed.Attempts.Select(a => a.Host));
        Assert.Equal(3, failed.History.Count);
        await farm.AssertNothingAsideAsync();

        RunningProgram Host(string name, params (string Name, string Value)[] settings) => farm.StartHost(name, [("Host__Slots", "2"), .. settings]);
    }

    /// <summary>A Host that went on would fail every job of the queue.</summary>
    [Fact]
    public async Task ADeviceThatBreaks_EndsItsHost_AndFailsNoJob()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        var fault = Path.Join(farm.Folder, "fault.broken");
        await File.WriteAllTextAsync(fault, "CUDA error: an illegal memory access was encountered", Now);
        farm.Options("once", ("fault", fault));
        farm.Drop("first.png", 1);
        farm.StartWatcher();
        var broken = farm.StartHost("broken");
        Assert.Equal(1, await broken.EndAsync(TimeSpan.FromMinutes(1)));
        farm.Drop("second.png", 2);

        File.Delete(fault);
        farm.StartHost("sound");
        var jobs = await farm.UntilDoneAsync(2);

        Assert.All(jobs, j => Assert.Equal(JobState.Completed, j.State));
        var attempts = (await farm.Catalogue.FindAsync(jobs.Single(j => j.Path.EndsWith("first.png", StringComparison.Ordinal)).JobId, Now))!.Attempts;
        Assert.Equal([("broken", AttemptOutcome.Lost), ("sound", AttemptOutcome.Completed)], attempts.Select(a => (a.Host, a.Outcome!.Value)));
        Assert.Contains(broken.Log, line => line.Contains("this Host ends, to be started anew", StringComparison.Ordinal));
        await farm.AssertNothingAsideAsync();
    }
}
