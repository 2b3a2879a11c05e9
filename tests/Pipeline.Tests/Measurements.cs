using System.Diagnostics;
using System.Globalization;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Pipeline.Tests;

/// <summary>
/// Figures of bench/README.md, on a machine that does nothing else: <c>./test Pipeline -explicit only -showLiveOutput</c>. The plugin does
/// next to nothing, so that what is measured is the pipeline: 64×64 PNG, all four outputs written and flushed, RabbitMQ, PostgreSQL.
/// </summary>
public sealed class Measurements(Servers servers, ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public async Task Overhead_OneJobAtATime()
    {
        await using var farm = await StartedAsync(slots: 1);
        List<double> times = [], toHost = [], inHost = [], toCatalogue = [];
        for (var n = 0; n < 100; n++)
        {
            farm.Drop($"{n}.png", n, 64);
            var jobs = await farm.UntilDoneAsync(n + 2);
            var job = jobs.Single(j => j.Path == $"nothing/{n}.png");
            var attempt = Assert.Single((await farm.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Attempts);
            times.Add((job.EndedAt!.Value - job.PublishedAt!.Value).TotalMilliseconds);
            toHost.Add((attempt.StartedAt - job.PublishedAt!.Value).TotalMilliseconds);
            inHost.Add((attempt.EndedAt!.Value - attempt.StartedAt).TotalMilliseconds);
            toCatalogue.Add((job.EndedAt!.Value - attempt.EndedAt!.Value).TotalMilliseconds);
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"publishing to completed: p50 {Quantile(times, 0.5):0.0} ms, p99 {Quantile(times, 0.99):0.0} ms; medians: to the Host's start {Quantile(toHost, 0.5):0.0}, to its end {Quantile(inHost, 0.5):0.0}, to the catalogue {Quantile(toCatalogue, 0.5):0.0}"));

        // The first ones load plugin and kernels.
        static double Quantile(List<double> all, double q) => all.Skip(10).Order().ElementAt((int)((all.Count - 10) * q));
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

        var jobs = (await farm.JobsAsync()).Where(j => j.Path != "nothing/warm-up.png").ToList();
        var first = jobs.Min(j => j.PublishedAt!.Value);
        // Between, when the farm has warmed up.
        var ends = jobs.Select(j => j.EndedAt!.Value).Order().ToList();
        var (from, to) = (ends[count / 4], ends[^1]);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{slots} slot(s): {count} jobs in {(to - first).TotalSeconds:0.0} s after the first was published, {count * 3 / 4 / (to - from).TotalSeconds:0} jobs/s over the last three quarters; {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s in all"));
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

    private async Task<Farm> StartedAsync(int slots)
    {
        var farm = await Farm.SharedAsync(servers.Broker);
        farm.Options("once");
        farm.StartWatcher();
        var host = farm.StartHost("one", ("Host__Slots", slots.ToString(CultureInfo.InvariantCulture)));
        await farm.ReadyAsync(host, "is ready");
        farm.Drop("warm-up.png", 1_000_000, 64);
        await farm.UntilDoneAsync(1);
        File.Delete(farm.InWatch("nothing/warm-up.png"));
        return farm;
    }
}
