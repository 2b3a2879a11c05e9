using System.Diagnostics;

namespace DipPipeline.Messaging.Tests.RabbitMq;

/// <summary>Measurements, run when asked for: <c>./test Messaging -explicit only</c>.</summary>
public sealed class SpeedTests(Broker broker) : RabbitMqTests(broker)
{
    [Fact(Explicit = true)]
    public async Task SendToHandle_OneAfterTheOther_Latency()
    {
        var host = await HostAsync();
        var sender = await SenderAsync();
        var times = new List<double>();
        for (var n = 0; n < 300; n++)
        {
            var start = Stopwatch.GetTimestamp();
            var sending = sender.Bus.SendAsync(Messages.Job($"{n}"), Token);
            await host.Jobs.NextAsync();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await sending;
        }

        times.RemoveRange(0, 50);
        times.Sort();
        Report($"send to handle: p50 {times[times.Count / 2]:f1} ms, p99 {times[(int)(times.Count * 0.99)]:f1} ms");
    }

    [Theory(Explicit = true)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    public async Task JobAndCompletion_ThereAndBack_PerSecond(int slots)
    {
        const int count = 1000;
        var watcher = await WatcherAsync();
        var host = await HostAsync(slots);
        host.Jobs.Act = async handled =>
        {
            await host.Bus.PublishAsync(Messages.Started(handled.Message.JobId), Token);
            await host.Bus.PublishAsync(Messages.Completed, Token);
        };
        var start = Stopwatch.GetTimestamp();
        var sending = Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Token },
            async (n, token) => await watcher.Bus.SendAsync(Messages.Job($"{n}"), token));
        int events = 0, batches = 0;
        while (events < 2 * count)
        {
            events += (await watcher.Events.NextAsync()).Message.Count;
            batches++;
        }

        await sending;
        Report($"{slots} slots: {count / Stopwatch.GetElapsedTime(start).TotalSeconds:f0} jobs/s, each with two events; {(double)events / batches:f1} events a batch");
    }

    private static void Report(string line) => TestContext.Current.SendDiagnosticMessage("{0}", line);
}
