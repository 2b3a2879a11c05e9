using System.Diagnostics;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Pipeline.Tests;

/// <summary>
/// Whatever is killed, cut or taken away: every picture is restored, with the bytes of an undisturbed run, and nothing is put aside.
/// DIP_KILLS kills so many Hosts instead of a few; with DIP_LONG (<see cref="LongForm"/>) twenty jobs are in flight instead of four. In
/// every case more wait in the catalogue than are in flight.
/// </summary>
public sealed class KillTests(Servers servers, ITestOutputHelper output)
{
    private const int Iterations = 1000;

    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute;

    // What a Host logs when it counts a crash.
    private const string TakenForDead = "gave no sign of life";

    private const int Few = 3;

    private static readonly int s_kills = Environment.GetEnvironmentVariable("DIP_KILLS") is { } kills ? int.Parse(kills, System.Globalization.CultureInfo.InvariantCulture) : Few;
    private static readonly int s_inFlight = LongForm.Or(4, 20);
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(LongForm.Or(5, 10));
    private static readonly int s_pictures = s_inFlight + Math.Max(4, s_kills);

    [Fact]
    public async Task KilledHosts_LoseNothing()
    {
        // At the last kill as many are in flight as at the first, though some were done meanwhile.
        var (inFlight, more) = LongForm.Or((1, 0), (s_inFlight, s_kills));
        await using var farm = await FarmWithPictures(more: more);
        StartWatcher(farm);
        var hosts = new Dictionary<string, RunningProgram> { ["h0"] = farm.StartHost("h0"), ["h1"] = farm.StartHost("h1") };
        // Each time another job: who is killed three times in the same one before its next checkpoint fails it, as he should.
        var struck = new Dictionary<string, string>();
        for (var kill = 0; kill < s_kills; kill++)
        {
            bool IsVictim(JobSummary j) => j is { State: JobState.Running, Progress.Iteration: > 0 and < Iterations * 3 / 4, Host: not null } && hosts.ContainsKey(j.Host) && !struck.ContainsKey(j.JobId);
            var jobs = await farm.UntilAsync(
                all => (all.Any(IsVictim) && all.Count(IsInFlight) >= inFlight) || IsDone(all, more), $"a job runs, and {inFlight} are in flight, for kill {kill}");
            if (!jobs.Any(IsVictim))
            {
                Assert.Fail($"Every job was done before kill {kill}: the jobs are too short, or too few, for this test.");
            }

            var victim = jobs.First(IsVictim);
            struck.Add(victim.JobId, victim.Host!);
            await hosts[victim.Host!].KillAsync();
            Tell($"kill {kill + 1}: Host {victim.Host} in job {victim.JobId} at iteration {victim.Progress!.Iteration} or later", jobs);
            hosts.Remove(victim.Host!);
            hosts[$"h{kill + 2}"] = farm.StartHost($"h{kill + 2}");
        }

        await AssertAllAsUndisturbedAsync(farm, more: more);
        Assert.Contains(farm.Programs.SelectMany(program => program.Log), line => line.Contains(TakenForDead, StringComparison.Ordinal));
        var inside = 0;
        foreach (var (job, host) in struck)
        {
            // Progress was heard of the attempt, and instead of its end the beginning of another: its Host died in the optimisation, or,
            // as far as the catalogue can tell, in the commit after it.
            var attempts = (await farm.Catalogue.FindAsync(job, TestContext.Current.CancellationToken))!.Attempts;
            inside += attempts.Any(a => a.Host == host && a.Outcome == AttemptOutcome.Lost) ? 1 : 0;
        }

        var figure = $"{inside} of {s_kills} kills were inside an optimisation, or the commit after it";
        output.WriteLine(figure);
        // A job may end between the last that was heard of it and the kill; of a few kills that may befall all but one.
        Assert.True(LongForm.Or(s_kills > Few, true) ? 4 * inside >= 3 * s_kills : inside >= 1, figure);
    }

    [Fact]
    public async Task KilledWatcher_LosesNothing()
    {
        await using var farm = await FarmWithPictures();
        var watcher = StartWatcher(farm);
        farm.StartHost("one");
        farm.StartHost("two");
        var jobs = await InFlightAsync(farm);

        await watcher.KillAsync();
        Tell("the Watcher is killed", jobs);
        StartWatcher(farm);

        await AssertAllAsUndisturbedAsync(farm);
    }

    [Fact]
    public async Task TwoWatchers_TheFirstKilled_TheSecondTakesOver()
    {
        await using var farm = await FarmWithPictures();
        var first = StartWatcher(farm);
        await farm.UntilAsync(jobs => jobs.Count > 0, "the first one leads");
        var second = StartWatcher(farm);
        farm.StartHost("one");
        farm.StartHost("two");
        var jobs = await InFlightAsync(farm);

        await first.KillAsync();
        Tell("the first Watcher is killed", jobs);
        farm.Drop("late.png", 1000);

        await farm.UntilAsync(jobs => jobs.Any(j => j.Path == "nothing/late.png"), "the second one sees a new picture");
        Assert.False(second.HasExited);
        await AssertAllAsUndisturbedAsync(farm, more: 1);
    }

    [Fact]
    public async Task KilledUp_GoesOnWhenStartedAgain()
    {
        await using var farm = Farm.Embedded();
        Fill(farm);
        var up = farm.StartUp(s_window);
        var jobs = await InFlightAsync(farm);

        await up.KillAsync();
        Tell("dip up is killed", jobs);
        farm.StartUp();

        await AssertAllAsUndisturbedAsync(farm, hasBroker: false);
    }

    [Fact]
    public async Task BrokerStoppedAndStarted_LosesNothing()
    {
        await using var broker = await RabbitMqServer.StartNewAsync();
        await using var farm = await FarmWithPictures(broker);
        StartWatcher(farm);
        farm.StartHost("one");
        farm.StartHost("two");
        Tell("the broker is stopped", await InFlightAsync(farm));

        await broker.StopAsync();
        await broker.StartAsync();

        await AssertAllAsUndisturbedAsync(farm);
    }

    [Fact]
    public async Task ConnectionCut_InsideAJob_LosesNothingAndCountsNoCrash()
    {
        Assert.SkipUnless(RabbitMqServer.IsInstalled, RabbitMqServer.NotInstalled);
        await using var proxy = new TcpProxy(servers.Broker.Port);
        await using var farm = await FarmWithPictures(through: proxy);
        StartWatcher(farm);
        var host = farm.StartHost("one");
        Tell("the connections are cut", await InFlightAsync(farm));

        // Not between two jobs.
        await farm.HoldAsync();
        proxy.Cut();
        File.Delete(farm.Hold());
        await Task.Delay(LongForm.Or(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);
        proxy.Mend();

        await AssertAllAsUndisturbedAsync(farm);
        Assert.Contains(host.Log, line => line.Contains("A delivery of RestoreImage was lost while it was handled", StringComparison.Ordinal));
        Assert.DoesNotContain(farm.Programs.SelectMany(program => program.Log), line => line.Contains(TakenForDead, StringComparison.Ordinal));
    }

    [Fact]
    public async Task StorageUnwritable_ForAWhile_LosesNothing()
    {
        await using var farm = await FarmWithPictures();
        StartWatcher(farm);
        var host = farm.StartHost("one");
        Tell("the results cannot be written", await InFlightAsync(farm));

        // For root too: the folder is another one for a while.
        var (results, away) = (farm.Result(""), farm.Result("").TrimEnd('/') + "-away");
        Directory.Move(results, away);
        await File.WriteAllTextAsync(results.TrimEnd('/'), "", TestContext.Current.CancellationToken);
        await Task.Delay(LongForm.Or(TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(10)), TestContext.Current.CancellationToken);
        File.Delete(results.TrimEnd('/'));
        Directory.Move(away, results);

        await AssertAllAsUndisturbedAsync(farm);
        Assert.Contains(host.Log, line => line.Contains("OnRetry", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Log, line => line.Contains(TakenForDead, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData(".dip/state")]
    public async Task StorageReadOnly_ForAWhile_LosesNothingAndFailsNoAttempt(string folder)
    {
        const int retries = 5;
        var atLeast = LongForm.Or(TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await using var farm = await FarmWithPictures();
        Directory.CreateDirectory(farm.Result("nothing"));
        farm.LikeAnyUser = true;
        StartWatcher(farm);
        var host = farm.StartHost("one");
        Tell($"'{folder}' is read-only", await InFlightAsync(farm));

        // The outer one first: then none of the inner ones is removed meanwhile.
        File.SetUnixFileMode(farm.Result(folder), ReadOnly);
        string[] closed = [farm.Result(folder), .. Directory.GetDirectories(farm.Result(folder))];
        try
        {
            Array.ForEach(closed, path => File.SetUnixFileMode(path, ReadOnly));
            var began = Stopwatch.GetTimestamp();
            await farm.UntilAsync(
                () => Task.FromResult(Stopwatch.GetElapsedTime(began) >= atLeast && host.Log.Count(l => l.Contains("OnRetry", StringComparison.Ordinal)) >= retries),
                "the Host tries to write again and again");
        }
        finally
        {
            Array.ForEach(closed, path => File.SetUnixFileMode(path, ReadOnly | UnixFileMode.UserWrite));
        }

        await AssertAllAsUndisturbedAsync(farm);
        foreach (var job in await farm.JobsAsync())
        {
            Assert.Equal(AttemptOutcome.Completed, Assert.Single((await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts).Outcome);
        }
    }

    [Fact]
    public async Task QueuePurged_IsFilledAgain()
    {
        await using var farm = await FarmWithPictures();
        var watcher = StartWatcher(farm);
        farm.StartHost("one");
        farm.StartHost("two");
        Tell("the queue is purged", await InFlightAsync(farm));

        await farm.HoldAsync();
        await farm.UntilAsync(async () => await ReadyAsync(farm) > 0, "messages wait in the queue");
        await servers.Broker.Management.PurgeAsync(farm.VirtualHost, "restore-image");
        File.Delete(farm.Hold());

        await AssertAllAsUndisturbedAsync(farm);
        Assert.Contains(watcher.Log, line => line.Contains("that nothing was heard of are published again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task APluginThatAborts_FailsAfterThreeAttempts_AndTheOthersAreDone()
    {
        await using var farm = await FarmWithPictures();
        farm.Drop("bad.png", 1, task: "aborts");
        StartWatcher(farm);
        var stop = new CancellationTokenSource();
        var keeping = KeepAHostAsync(farm, stop.Token);

        var jobs = await farm.UntilDoneAsync(s_pictures + 1, s_patience);

        await stop.CancelAsync();
        await keeping;
        var bad = jobs.Single(j => j.Task == "aborts");
        Assert.Equal(JobState.Failed, bad.State);
        Assert.Equal(3, (await farm.Catalogue.FindAsync(bad.JobId, TestContext.Current.CancellationToken))!.History.Count);
        Assert.All(jobs.Where(j => j.Task != "aborts"), j => Assert.Equal(JobState.Completed, j.State));
        await farm.AssertNothingAsideAsync();
    }

    // As an orchestrator does: a Host that ended is started again.
    private static async Task KeepAHostAsync(Farm farm, CancellationToken stop)
    {
        for (var n = 0; !stop.IsCancellationRequested; n++)
        {
            var host = farm.StartHost($"slots{n}", ("Host__Slots", "2"));
            while (!host.HasExited && !stop.IsCancellationRequested)
            {
                await Task.Delay(50, CancellationToken.None);
            }
        }
    }

    private static readonly (string Name, string Value)[] s_window = [("Watcher__MinimumOutstanding", $"{s_inFlight}"), ("Watcher__MessagesPerSlot", "1"), ("Watcher__LostAfter", "00:00:05")];

    private static RunningProgram StartWatcher(Farm farm) => farm.StartWatcher(s_window);

    /// <summary>A job is inside its optimisation, as many as may be are in flight, and more wait.</summary>
    private static Task<IReadOnlyList<JobSummary>> InFlightAsync(Farm farm) => farm.UntilAsync(
        jobs => jobs.Any(j => j is { State: JobState.Running, Progress.Iteration: > 0 }) && jobs.Count(IsInFlight) >= s_inFlight && jobs.Any(j => j.State == JobState.Waiting),
        $"a job runs and {s_inFlight} are in flight");

    private static bool IsInFlight(JobSummary job) => job.State is JobState.Queued or JobState.Running;

    private void Tell(string what, IReadOnlyList<JobSummary> jobs) => output.WriteLine(
        $"{what}; {jobs.Count(IsInFlight)} in flight, {jobs.Count(j => j.State == JobState.Waiting)} waiting, {jobs.Count(j => j.State == JobState.Completed)} done; running: "
        + string.Join(", ", jobs.Where(j => j.State == JobState.Running).Select(j => $"{j.JobId[..8]} at iteration {j.Progress?.Iteration ?? 0}")));

    private static bool IsDone(IReadOnlyList<JobSummary> jobs, int more) => jobs.Count == s_pictures + more && jobs.All(j => j.State > JobState.Running);

    private async Task<int> ReadyAsync(Farm farm) =>
        (await servers.Broker.Management.QueueAsync(farm.VirtualHost, "restore-image"))!.Value.TryGetProperty("messages_ready", out var ready) ? ready.GetInt32() : 0;

    private async Task<Farm> FarmWithPictures(RabbitMqServer? broker = null, TcpProxy? through = null, int more = 0)
    {
        var farm = await Farm.SharedAsync(broker ?? servers.Broker, through);
        Fill(farm, more);
        return farm;
    }

    private static void Fill(Farm farm, int more = 0)
    {
        farm.Options("short", ("iterations", $"{Iterations}"), ("hold", farm.Hold()));
        for (var n = 0; n < s_pictures + more; n++)
        {
            farm.Drop($"{n}.png", n);
        }
    }

    private static async Task AssertAllAsUndisturbedAsync(Farm farm, bool hasBroker = true, int more = 0)
    {
        var jobs = await farm.UntilDoneAsync(s_pictures + more, s_patience);
        Assert.All(jobs, job => Assert.Equal((JobState.Completed, null), (job.State, job.Reason)));
        foreach (var job in jobs)
        {
            Assert.Equal(await Undisturbed.Sha256Async(farm.InWatch(job.Path), Iterations), farm.Metrics(job.Output).Output.Sha256);
            Assert.Equal(farm.Metrics(job.Output).Output.Sha256, Undisturbed.Sha256(farm.Result(job.Output)));
        }

        farm.AssertNoStateLeft();
        if (hasBroker)
        {
            await farm.AssertNothingAsideAsync();
        }
    }
}
