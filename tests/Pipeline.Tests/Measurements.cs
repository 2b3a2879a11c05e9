using System.Diagnostics;
using System.Globalization;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Pipeline.Tests;

/// <summary>
/// Figures of bench/README.md, on a machine that does nothing else: <c>./test Pipeline -explicit only -showLiveOutput</c>. The plugin does
/// next to nothing, so that what is measured is the pipeline: 64×64 PNG, all four outputs written and flushed, RabbitMQ, PostgreSQL. Each has
/// a short form, which every run asserts: that all is done, in the right order, and that there are figures; not how fast.
/// </summary>
public sealed class Measurements(Servers servers, ITestOutputHelper output)
{
    private const string WarmUp = "nothing/warm-up.png";

    // Watcher:MinimumOutstanding's default.
    private const int LeastOutstanding = 16;

    [Fact]
    public async Task InShort_TwentyJobs_EachHasItsFigures_AndLittleMemoryIsHeldAfterwards()
    {
        const int count = 20;
        await using var farm = await StartedAsync(slots: 2);
        for (var n = 0; n < count; n++)
        {
            farm.Drop($"{n}.png", n, 64);
        }

        var jobs = (await farm.UntilDoneAsync(count + 1)).Where(j => j.Path != WarmUp).ToList();

        Assert.Equal([.. Enumerable.Range(0, count).Select(n => ($"nothing/{n}.png", JobState.Completed)).Order()], jobs.Select(j => (j.Path, j.State)).Order());
        foreach (var job in jobs)
        {
            var way = await WayAsync(farm, job);
            Assert.All([way.ToHost, way.InHost, way.ToCatalogue], part => Assert.InRange(part, double.Epsilon, way.Total));
            Assert.Equal(4, Directory.GetFiles(farm.Result("nothing"), Path.GetFileNameWithoutExtension(job.Path) + ".*").Length);
        }

        Assert.True(SpeedOf(jobs).JobsPerSecond is > 0 and < 1000);
        // Twice what bench/README.md has.
        Assert.Equal(["watcher", "one"], farm.Programs.Select(program => program.Name));
        Assert.InRange(farm.Programs[0].WorkingSet, 1, 320_000_000);
        Assert.InRange(farm.Programs[1].WorkingSet, 1, 600_000_000);
    }

    [Fact(Explicit = true)]
    public async Task Overhead_OneJobAtATime()
    {
        await using var farm = await StartedAsync(slots: 1);
        List<Way> ways = [];
        for (var n = 0; n < 100; n++)
        {
            farm.Drop($"{n}.png", n, 64);
            var jobs = await farm.UntilDoneAsync(n + 2);
            ways.Add(await WayAsync(farm, jobs.Single(j => j.Path == $"nothing/{n}.png")));
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"publishing to completed: p50 {Quantile(w => w.Total, 0.5):0.0} ms, p99 {Quantile(w => w.Total, 0.99):0.0} ms; medians: to the Host's start {Quantile(w => w.ToHost, 0.5):0.0}, to its end {Quantile(w => w.InHost, 0.5):0.0}, to the catalogue {Quantile(w => w.ToCatalogue, 0.5):0.0}"));

        // The first ones load plugin and kernels.
        double Quantile(Func<Way, double> part, double q) => ways.Skip(10).Select(part).Order().ElementAt((int)((ways.Count - 10) * q));
    }

    [Theory(Explicit = true)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task Throughput(int slots)
    {
        const int count = 600;
        await using var farm = await StartedAsync(slots);
        var began = Stopwatch.GetTimestamp();
        for (var n = 0; n < count; n++)
        {
            farm.Drop($"{n}.png", n, 64);
        }

        while ((await farm.Catalogue.SummaryAsync(TestContext.Current.CancellationToken)).Where(s => s.State == JobState.Completed).Sum(s => s.Count) <= count)
        {
            await Task.Delay(250, TestContext.Current.CancellationToken);
        }

        var (seconds, perSecond) = SpeedOf([.. (await farm.JobsAsync()).Where(j => j.Path != WarmUp)]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{slots} slot(s): {count} jobs in {seconds:0.0} s after the first was published, {perSecond:0} jobs/s over the last three quarters; {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s in all"));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task InShort_Throughput_EverySlotIsBusyAtOnceAndNoMoreJobsRunThanThereAreSlots(int slots)
    {
        const int count = 20;
        await using var farm = await StartedAsync(slots, canBeHeld: true);
        await File.WriteAllTextAsync(farm.Hold(), "", TestContext.Current.CancellationToken);
        for (var n = 0; n < count; n++)
        {
            farm.Drop($"{n}.png", n, 64);
        }

        await farm.UntilAsync(all => all.Count(j => j.State == JobState.Running) >= slots, "a job runs in every slot");
        File.Delete(farm.Hold());
        var jobs = (await farm.UntilDoneAsync(count + 1)).Where(j => j.Path != WarmUp).ToList();

        Assert.Equal(count, jobs.Count);
        Assert.All(jobs, job => Assert.Equal(JobState.Completed, job.State));
        List<JobAttempt> attempts = [];
        foreach (var job in jobs)
        {
            attempts.Add(Assert.Single((await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts));
        }

        // By the clock of the Host; the most of them run at once as one of them starts.
        Assert.Equal(slots, attempts.Max(one => attempts.Count(other => other.StartedAt <= one.StartedAt && one.StartedAt < other.EndedAt)));
    }

    [Fact]
    public async Task InShort_AfterOneJob_WatcherAndHostHoldLessThanTwiceTheRecordedMemory()
    {
        await using var farm = await StartedAsync(slots: 1);

        // bench/README.md has 160 and 283 MB.
        Assert.InRange(farm.Programs.Single(program => program.Name == "watcher").WorkingSet, 1, 2 * 160_000_000);
        Assert.InRange(farm.Programs.Single(program => program.Name == "one").WorkingSet, 1, 2 * 283_000_000);
    }

    [Fact(Explicit = true)]
    public async Task IdleMemory()
    {
        await using var farm = await StartedAsync(slots: 1);
        await Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        foreach (var program in farm.Programs)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{program.Name} idle: {program.WorkingSet / 1e6:0} MB"));
        }
    }

    [Fact]
    public async Task InShort_TwoThousandFilesAtTheFirstStart_AreAllCatalogued_AndTheFirstIsPublishedBeforeTheLast()
    {
        const int count = 2000;
        await using var farm = await Farm.SharedAsync(servers.Broker);
        var (random, content) = (new Random(1), new byte[20_000]);
        for (var n = 0; n < count; n++)
        {
            random.NextBytes(content);
            var path = farm.InWatch($"nothing/album-{n % 20}/{n}.png");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllBytesAsync(path, content, TestContext.Current.CancellationToken);
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow - TimeSpan.FromHours(1));
        }

        // The last one takes longer to read than the Watcher to reach the broker, on any machine: it is a hole, and takes no room.
        var last = farm.InWatch("nothing/large.png");
        await using (var hole = File.Create(last))
        {
            hole.SetLength(8L << 30);
        }

        File.SetLastWriteTimeUtc(last, DateTime.UtcNow - TimeSpan.FromHours(1));
        var watcher = farm.StartWatcher(("Watcher__Readers", "2"));
        var jobs = await farm.UntilAsync(all => all.Count == count + 1 && all.Count(j => j.State == JobState.Queued) == LeastOutstanding, "all are catalogued, and as many published as may be without a Host");

        var (published, waiting) = (jobs.Where(j => j.PublishedAt is not null).ToList(), jobs.Where(j => j.State == JobState.Waiting).ToList());
        Assert.Equal((LeastOutstanding, count + 1 - LeastOutstanding), (published.Count, waiting.Count));
        Assert.True(published.Min(j => j.PublishedAt) < jobs.Max(j => j.EnteredAt), "The first job was published when the last was catalogued, and not before.");
        // The bound for 100,000.
        Assert.InRange(watcher.WorkingSet, 1, 300_000_000);
    }

    [Fact]
    public async Task InShort_ThreeHundredWaiting_ADroppedPictureOfHigherPriorityStartsAfterTheOutstandingOnes()
    {
        const int count = 300;
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("once");
        for (var n = 0; n < count; n++)
        {
            farm.Drop($"bulk/{n}.png", n, 16);
        }

        farm.StartWatcher();
        await farm.UntilAsync(jobs => jobs.Count == count, "all are catalogued");
        farm.StartHost("one");
        await farm.UntilAsync(jobs => jobs.Any(j => j.State == JobState.Completed), "bulk jobs are being done");
        farm.Write("nothing/urgent.options.json", """{ "priority": 10 }""");
        farm.Drop("urgent.png", 99_999, 16);
        bool IsUrgent(JobSummary j) => j.Path == "nothing/urgent.png";
        var jobs = await farm.UntilAsync(all => all.Any(j => IsUrgent(j) && j.State == JobState.Completed), "the dropped picture is done");

        var urgent = jobs.Single(IsUrgent);
        var start = Assert.Single(await AttemptsAsync(urgent)).StartedAt;
        var before = 0;
        foreach (var bulk in jobs.Where(j => !IsUrgent(j) && j.State != JobState.Waiting))
        {
            before += (await AttemptsAsync(bulk)).Any(a => a.StartedAt > urgent.PublishedAt && a.StartedAt < start) ? 1 : 0;
        }

        // One round of publishing may have been under way as it was entered.
        var overtaking = jobs.Count(j => j.PublishedAt > urgent.EnteredAt && j.PublishedAt < urgent.PublishedAt);
        var waiting = jobs.Count(j => j.State == JobState.Waiting);
        output.WriteLine($"after it was catalogued, {overtaking} others were published before it; after that, {before} were started before it; {waiting} still waited when it was done");
        Assert.InRange(overtaking, 0, LeastOutstanding);
        Assert.InRange(before, 0, LeastOutstanding);
        Assert.InRange(waiting, 1, count);

        async Task<IReadOnlyList<JobAttempt>> AttemptsAsync(JobSummary job) => (await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts;
    }

    [Fact(Explicit = true)]
    public async Task TenThousandWaiting_ADroppedPictureStarts()
    {
        await using var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("short", ("iterations", "300"));
        for (var n = 0; n < 10_000; n++)
        {
            farm.Drop($"bulk/{n}.png", n, 16);
        }

        await farm.ReadyAsync(farm.StartWatcher(), "This Watcher leads");
        while ((await farm.Catalogue.SummaryAsync(TestContext.Current.CancellationToken)).Sum(s => s.Count) < 10_000)
        {
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        farm.StartHost("one");
        await farm.UntilAsync(async () => (await farm.Catalogue.ListAsync(new JobFilter { States = [JobState.Completed], Limit = 20 })).Count == 20, "bulk jobs are being done");
        var began = Stopwatch.GetTimestamp();
        farm.Write("nothing/urgent.options.json", """{ "priority": 10 }""");
        farm.Drop("urgent.png", 99_999, 16);
        await farm.UntilAsync(async () => (await farm.Catalogue.ListAsync(new JobFilter { Path = "nothing/urgent.png" })) is [{ State: > JobState.Queued }], "the dropped picture starts");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"10,000 waiting: a dropped picture starts after {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s"));
    }

    /// <summary>Milliseconds of a job from its publishing to the catalogue's word that it is completed, and of the parts of that way.</summary>
    private sealed record Way(double Total, double ToHost, double InHost, double ToCatalogue);

    private static async Task<Way> WayAsync(Farm farm, JobSummary job)
    {
        var attempt = Assert.Single((await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts);
        var (published, ended) = (job.PublishedAt!.Value, job.EndedAt!.Value);
        return new(
            (ended - published).TotalMilliseconds, (attempt.StartedAt - published).TotalMilliseconds,
            (attempt.EndedAt!.Value - attempt.StartedAt).TotalMilliseconds, (ended - attempt.EndedAt!.Value).TotalMilliseconds);
    }

    private static (double Seconds, double JobsPerSecond) SpeedOf(List<JobSummary> jobs)
    {
        // Over the last three quarters, when the farm has warmed up.
        var ends = jobs.Select(j => j.EndedAt!.Value).Order().ToList();
        return ((ends[^1] - jobs.Min(j => j.PublishedAt!.Value)).TotalSeconds, jobs.Count * 3 / 4 / (ends[^1] - ends[jobs.Count / 4]).TotalSeconds);
    }

    private async Task<Farm> StartedAsync(int slots, bool canBeHeld = false)
    {
        var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("once", canBeHeld ? [("hold", farm.Hold())] : []);
        farm.StartWatcher();
        var host = farm.StartHost("one", ("Host__Slots", slots.ToString(CultureInfo.InvariantCulture)));
        await farm.ReadyAsync(host, "is ready");
        Farm.Draw(farm.InWatch(WarmUp), 1_000_000, 64);
        await farm.UntilDoneAsync(1);
        File.Delete(farm.InWatch(WarmUp));
        return farm;
    }
}
