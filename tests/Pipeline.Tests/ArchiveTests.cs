using System.Diagnostics;
using System.Globalization;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;

namespace DipPipeline.Pipeline.Tests;

/// <summary>
/// Archive runs end to end: RabbitMQ, PostgreSQL, the published programs. With <c>DIP_ARCHIVE_ROWS=100000</c> the first takes as many rows,
/// for bench/README.md: <c>DIP_ARCHIVE_ROWS=100000 ./test Pipeline -method '*EveryRowIsDoneOnce' -showLiveOutput</c>.
/// </summary>
public sealed class ArchiveTests(Servers servers, ITestOutputHelper output)
{
    private static readonly int s_rows = int.Parse(Environment.GetEnvironmentVariable("DIP_ARCHIVE_ROWS") ?? "200", CultureInfo.InvariantCulture);

    // A row takes about a twentieth of a second on two cores that do nothing else.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(s_rows);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_WatcherKilledOnceAndAHostTwice_EveryRowIsDoneOnce()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        var manifest = Pictures(farm, s_rows);
        Assert.Equal(0, await DipAsync(farm, "archive", "run", manifest, "--task", "nothing", "--watch", farm.InWatch(""), "--out", farm.Result("")));
        // The first opens the catalogue and compiles its queries, as each 'dip archive status' does: no measure of the others.
        var first = Stopwatch.GetTimestamp();
        await farm.Catalogue.RunStatusAsync("scans", Cancellation);
        var opening = Stopwatch.GetElapsedTime(first).TotalMilliseconds;
        var watcher = await farm.ReadyAsync(farm.StartWatcher(), "This Watcher leads");
        List<RunningProgram> hosts = [farm.StartHost("one"), farm.StartHost("two")];
        var looks = new List<(double Milliseconds, double At, int Completed)>();
        var memory = 0L;
        var began = Stopwatch.GetTimestamp();

        await UntilAsync(s_rows / 5);
        await watcher.KillAsync();
        watcher = farm.StartWatcher();
        foreach (var share in (double[])[0.4, 0.6])
        {
            await UntilAsync((int)(s_rows * share));
            await hosts[0].KillAsync();
            hosts[0] = farm.StartHost("one");
        }

        var status = await UntilAsync(s_rows);
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        var size = await SizeAsync(farm);
        var median = looks.Select(l => l.Milliseconds).Order().ElementAt(looks.Count / 2);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{s_rows:N0} rows in {seconds:0.0} s, {s_rows / seconds:0.0} rows/s; status {looks.Count} times: the first {opening:0.0} ms, then median {median:0.0} ms, "
            + $"the longest {string.Join(", ", looks.OrderByDescending(l => l.Milliseconds).Take(3).Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Milliseconds:0.0} ms (after {l.At:0.0} s, {l.Completed} done)")))}; "
            + $"{looks.Count(l => l.Milliseconds > 200)} of more than 200 ms; Watcher at most {memory / 1e6:0} MB; catalogue {size / 1e6:0.0} MB"));

        Assert.Equal((s_rows, s_rows, true), (status.Rows, status.Completed, status.IsDone));
        Assert.InRange(median, 0, 200);
        var jobs = await farm.Catalogue.ListAsync(new JobFilter(), Cancellation);
        Assert.Equal(s_rows, jobs.Count);
        Assert.All(jobs, job => Assert.Equal((JobState.Completed, 1, 0), (job.State, job.Generation, job.Slice)));
        await foreach (var row in farm.Catalogue.RunRowsAsync("scans", Cancellation))
        {
            Assert.True(File.Exists(farm.Result(row.Row.Output)), row.Row.Output);
            Assert.Equal(row.JobId, row.Metrics?.JobId);
        }

        // What a kill interrupts is begun again; what was completed is not.
        var begun = 0;
        foreach (var job in jobs.Where((_, n) => n % Math.Max(1, s_rows / 1000) == 0))
        {
            var attempts = (await farm.Catalogue.FindAsync(job.JobId, Cancellation))!.Attempts;
            Assert.Single(attempts, a => a.Outcome == AttemptOutcome.Completed);
            begun += attempts.Count - 1;
        }

        Assert.InRange(begun, 0, 10);
        await farm.AssertNothingAsideAsync();
        // A Host that is killed between its commit and its tidying leaves the state of that job, for the sweeper.
        await farm.UntilAsync(() => Task.FromResult(!Directory.Exists(farm.Result(".dip/state")) || Directory.GetDirectories(farm.Result(".dip/state")).Length <= 2), "no more state is left than Hosts were killed");

        async Task<RunStatus> UntilAsync(int ended)
        {
            var until = Stopwatch.GetTimestamp();
            while (true)
            {
                var look = Stopwatch.GetTimestamp();
                var now = await farm.Catalogue.RunStatusAsync("scans", Cancellation);
                looks.Add((Stopwatch.GetElapsedTime(look).TotalMilliseconds, Stopwatch.GetElapsedTime(began, look).TotalSeconds, now.Completed));
                memory = Math.Max(memory, watcher.HasExited ? 0 : watcher.WorkingSet);
                if (now.Completed >= ended)
                {
                    return now;
                }

                Assert.True(now.Rejected + now.Failed + now.Cancelled == 0, await farm.TellAsync());
                Assert.True(Stopwatch.GetElapsedTime(until) < s_patience, $"Waited in vain for {ended} rows; {now}");
                // What other processes do cannot be awaited but by looking.
                await Task.Delay(100, Cancellation);
            }
        }
    }

    [Fact]
    public async Task Run_APictureIsDropped_ItDoesNotWaitForTheArchive()
    {
        const int rows = 150;
        await using var farm = await Farm.SharedAsync(servers.Broker);
        Assert.Equal(0, await DipAsync(farm, "archive", "run", Pictures(farm, rows), "--task", "nothing", "--watch", farm.InWatch(""), "--out", farm.Result("")));
        farm.StartWatcher();
        await farm.UntilAsync(jobs => jobs.Count(j => j.State == JobState.Queued) == 16, "the broker has as much of the archive as it may");
        farm.Drop("mine.png", 99_999, 16);
        await farm.UntilAsync(jobs => jobs.Any(j => j.Path == "nothing/mine.png"), "the dropped picture is entered");
        farm.StartHost("one");
        var all = await farm.UntilAsync(jobs => jobs.Any(j => j is { Path: "nothing/mine.png", State: JobState.Completed }), "the dropped picture is done");

        var mine = all.Single(j => j.Path == "nothing/mine.png");
        // Those that were at the broker when it came, and nothing more, were published before it.
        Assert.InRange(all.Count(j => j.PublishedAt < mine.PublishedAt), 16, 17);
        Assert.Contains(all, j => j.State == JobState.Waiting);
    }

    [Fact]
    public async Task Run_PausedAndResumed_StopsAndGoesOn()
    {
        const int rows = 60;
        await using var farm = await Farm.SharedAsync(servers.Broker);
        Assert.Equal(0, await DipAsync(farm, "archive", "run", Pictures(farm, rows), "--task", "nothing", "--watch", farm.InWatch(""), "--out", farm.Result("")));
        farm.StartWatcher();
        farm.StartHost("one");
        await farm.UntilAsync(async () => (await StatusAsync()).Completed > 5, "some rows are done");

        Assert.Equal(0, await DipAsync(farm, "archive", "pause", "scans"));
        await farm.UntilAsync(async () => await StatusAsync() is { Queued: 0, Running: 0 }, "what was at the broker is done");
        var paused = await StatusAsync();
        Assert.InRange(paused.Completed, 6, rows - 1);
        Assert.Equal(RunState.Paused, paused.State);

        Assert.Equal(0, await DipAsync(farm, "archive", "run", Path.Join(farm.Folder, "scans.csv"), "--task", "nothing", "--watch", farm.InWatch(""), "--out", farm.Result("")));
        await farm.UntilAsync(async () => (await StatusAsync()).IsDone, "all rows are done");
        Assert.Equal(rows, (await StatusAsync()).Completed);

        Assert.Equal(0, await DipAsync(farm, "archive", "report", "scans", "--to", farm.Folder, "--out", farm.Result("")));
        Assert.Equal(rows + 1, File.ReadAllLines(Path.Join(farm.Folder, "scans.report.csv")).Length);
        var page = await File.ReadAllTextAsync(Path.Join(farm.Folder, "scans.report.html"), Cancellation);
        Assert.Equal(12, page.Split("data:image/jpeg;base64,/9j/").Length - 1);

        // What the Watcher entered is what a dry run looks for.
        var dry = farm.StartDip("archive", "run", Path.Join(farm.Folder, "scans.csv"), "--task", "nothing", "--watch", farm.InWatch(""), "--out", farm.Result(""), "--dry-run", "--pilot", "0");
        Assert.Equal(0, await dry.EndAsync(TimeSpan.FromMinutes(2)));
        Assert.Contains(dry.Said, line => System.Text.RegularExpressions.Regex.IsMatch(line, $"already done +{rows}$"));
        Assert.Contains(dry.Said, line => System.Text.RegularExpressions.Regex.IsMatch(line, "to do +0$"));

        Task<RunStatus> StatusAsync() => farm.Catalogue.RunStatusAsync("scans", Cancellation);
    }

    /// <summary>Pictures of different content, and a manifest of them.</summary>
    private static string Pictures(Farm farm, int count)
    {
        var manifest = Path.Join(farm.Folder, "scans.csv");
        using var lines = new StreamWriter(manifest);
        lines.WriteLine("path,output");
        for (var n = 0; n < count; n++)
        {
            var (path, result) = ($"scans/box-{n / 1000}/{n}.png", $"archive/{n / 1000}/{n}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(farm.InWatch(path))!);
            Farm.Draw(farm.InWatch(path), n, 16);
            lines.WriteLine($"{path},{result}");
        }

        return manifest;
    }

    private async Task<int> DipAsync(Farm farm, params string[] arguments)
    {
        var dip = farm.StartDip(arguments);
        var code = await dip.EndAsync(TimeSpan.FromMinutes(10));
        output.WriteLine(string.Join(Environment.NewLine, dip.Said));
        return code;
    }

    private static async Task<long> SizeAsync(Farm farm)
    {
        await using var connection = new Npgsql.NpgsqlConnection(farm.Database);
        await connection.OpenAsync(Cancellation);
        await using var command = new Npgsql.NpgsqlCommand("SELECT pg_database_size(current_database())", connection);
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }
}
