using DipPipeline.Jobs;

namespace DipPipeline.Pipeline.Tests;

/// <summary>A Watcher and two Hosts as separate processes around RabbitMQ and PostgreSQL.</summary>
public sealed class SharingTests(Servers servers, ITestOutputHelper output)
{
    [Fact]
    public async Task FortyPictures_TwoHosts_EachIsRestoredOnce()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("short", ("iterations", "50"));
        for (var n = 0; n < 40; n++)
        {
            farm.Drop($"{n}.png", n);
        }

        // Before any Host ever ran: what is published by then waits in the broker.
        farm.StartWatcher();
        await farm.UntilAsync(jobs => jobs.Count == 40 && jobs.Any(j => j.State == JobState.Queued), "messages wait at the broker");
        farm.StartHost("one");
        farm.StartHost("two");
        var jobs = await farm.UntilDoneAsync(40);

        Assert.All(jobs, job => Assert.Equal((JobState.Completed, null), (job.State, job.Reason)));
        var hosts = new List<string>();
        foreach (var job in jobs)
        {
            var detail = await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken);
            hosts.Add(Assert.Single(detail!.Attempts).Host);
            Assert.Equal(job.JobId, farm.Metrics(job.Output).JobId);
        }

        var counts = hosts.GroupBy(h => h).ToDictionary(g => g.Key, g => g.Count());
        var shares = $"one: {counts.GetValueOrDefault("one")}, two: {counts.GetValueOrDefault("two")}";
        output.WriteLine(shares);
        Assert.True(counts.Count == 2, shares);
        await farm.AssertNothingAsideAsync();
        farm.AssertNoStateLeft();
    }

    [Fact]
    public async Task TheSameContentTwice_IsOneJobAndACopyThatNamesTheOriginal()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("once");
        farm.Drop("a.png", 1);
        farm.StartWatcher();
        farm.StartHost("one");
        await farm.UntilDoneAsync(1);

        farm.Drop("album/b.png", 1);
        await farm.UntilAsync(() => Task.FromResult(File.Exists(farm.Result("nothing/album/b.json"))), "the copy is there");

        Assert.Single(await farm.JobsAsync());
        Assert.Equal(await File.ReadAllBytesAsync(farm.Result("nothing/a.png"), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(farm.Result("nothing/album/b.png"), TestContext.Current.CancellationToken));
        Assert.Equal("nothing/a.png", farm.Metrics("nothing/album/b.png").CopyOf);
    }

    [Fact]
    public async Task TheSameMessageTwice_TwoHosts_OneOptimisationOneResult()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("short", ("iterations", "50"), ("hold", farm.Hold()));
        farm.Drop("a.png", 1);
        farm.StartWatcher();
        await farm.UntilAsync(jobs => jobs.Any(j => j.State == JobState.Queued), "the job is published");
        await farm.UntilAsync(() => servers.Broker.Management.DoubleAsync(farm.VirtualHost, "restore-image"), "its message waits at the broker");

        farm.StartHost("one");
        farm.StartHost("two");
        await farm.HoldAsync();
        await farm.UntilAsync(() => Task.FromResult(LogOf(farm).Any(l => l.Contains("nothing to do", StringComparison.Ordinal))), "one Host finds the other at work");
        File.Delete(farm.Hold());
        var job = Assert.Single(await farm.UntilDoneAsync(1));

        Assert.Equal(JobState.Completed, job.State);
        Assert.Equal(Jobs.Queries.AttemptOutcome.Completed, Assert.Single((await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts).Outcome);
        Assert.Single(LogOf(farm), l => l.Contains("RestorationCompleted", StringComparison.Ordinal));
        Assert.Equal(farm.Metrics(job.Output).Output.Sha256, Undisturbed.Sha256(farm.Result(job.Output)));
        Assert.Equal(4, Directory.GetFiles(farm.Result("nothing")).Length);
        await farm.AssertNothingAsideAsync();
        farm.AssertNoStateLeft();
    }

    [Fact]
    public async Task Sigterm_ARunningJob_IsGivenBackInTimeAndFinishedByAnother()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("short", ("iterations", "3000"));
        farm.Drop("a.png", 1);
        farm.StartWatcher();
        var first = farm.StartHost("one");
        await farm.UntilAsync(jobs => jobs.Any(j => j is { State: JobState.Running, Progress.Iteration: > 0 }), "the job runs");

        var began = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.Equal(0, await first.StopAsync());
        Assert.InRange(System.Diagnostics.Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
        farm.StartHost("two");
        var job = Assert.Single(await farm.UntilDoneAsync(1));

        Assert.Equal(JobState.Completed, job.State);
        var attempts = (await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts;
        Assert.Equal([Jobs.Queries.AttemptOutcome.HandedBack, Jobs.Queries.AttemptOutcome.Completed], attempts.Select(a => a.Outcome!.Value));
        await farm.AssertNothingAsideAsync();
    }

    [Fact]
    public async Task Drain_WithAnEmptyQueue_EndsByItself()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("once");
        farm.Drop("a.png", 1);
        farm.StartWatcher();
        await farm.UntilAsync(jobs => jobs.Any(j => j.State == JobState.Queued), "a message waits at the broker");
        var host = farm.StartHost("one", ("Host__DrainAfter", "00:00:02"));
        await farm.UntilDoneAsync(1);

        Assert.Equal(0, await host.EndAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Drain_AsAnArgument_WithAnEmptyQueue_EndsByItself()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);

        var host = farm.StartHostWith(["--drain=2"]);

        Assert.Equal(0, await host.EndAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains(host.Log, l => l.Contains("with an empty queue: drained", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--drain=x", "'--drain=x' is no number of seconds; accepted: --drain, or --drain=30.")]
    [InlineData("--drain=", "'--drain=' is no number of seconds; accepted: --drain, or --drain=30.")]
    [InlineData("--drain=-1", "'--drain=-1' is no number of seconds; accepted: --drain, or --drain=30.")]
    [InlineData("--drain=86401", "Host:DrainAfter is outside of 0 to 1 day.")]
    public async Task Drain_NoSeconds_IsOneSentenceAndExitCodeTwo(string argument, string sentence)
    {
        await using var farm = Farm.Embedded();

        var host = farm.StartHostWith([argument]);

        Assert.Equal(2, await host.EndAsync(TimeSpan.FromSeconds(60)));
        Assert.EndsWith(sentence, Assert.Single(host.Said), StringComparison.Ordinal);
    }

    private static IEnumerable<string> LogOf(Farm farm) => farm.Programs.SelectMany(program => program.Log);
}
