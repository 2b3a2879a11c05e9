using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Topology;

namespace DipPipeline.Messaging.Tests.RabbitMq;

public sealed class SharingTests(Broker broker) : RabbitMqTests(broker)
{
    [Fact]
    public async Task SendAsync_TwoHosts_EachTakesWhatItsSlotsHold()
    {
        var end = new TaskCompletionSource();
        var one = await HostAsync(slots: 1);
        var two = await HostAsync(slots: 2);
        one.Jobs.Act = two.Jobs.Act = _ => end.Task;
        foreach (var id in (string[])["1", "2", "3", "4", "5"])
        {
            await one.Bus.SendAsync(Messages.Job(id), Token);
        }

        var taken = new[] { await one.Jobs.NextAsync(), await two.Jobs.NextAsync(), await two.Jobs.NextAsync() };

        Assert.Equal(3, taken.Select(handled => handled.Message.JobId).Distinct().Count());
        var depth = await one.Queue.DepthAsync(Token);
        Assert.Equal((2, 2), (depth!.Ready, depth.Consumers));
        end.SetResult();
    }

    [Fact]
    public async Task SendAsync_ManyJobs_EachIsHandledOnce()
    {
        var one = await HostAsync(slots: 2);
        var two = await HostAsync(slots: 2);
        var ids = Enumerable.Range(0, 100).Select(n => $"{n}").ToList();

        await Task.WhenAll(ids.Select(id => one.Bus.SendAsync(Messages.Job(id), Token)));
        while (one.Jobs.Count + two.Jobs.Count < ids.Count)
        {
            await Task.Yield();
        }

        var handled = new List<string>();
        while (handled.Count < ids.Count)
        {
            handled.Add((await (one.Jobs.Count > 0 ? one : two).Jobs.NextAsync()).Message.JobId);
        }

        Assert.Equal(ids.Order(), handled.Order());
        Assert.Equal(0, await ReadyAsync(one));
    }

    [Fact]
    public async Task Host_64Slots_HoldsThatMany()
    {
        var end = new TaskCompletionSource();
        var host = await HostAsync(slots: MessagingRoles.MostSlots);
        host.Jobs.Act = _ => end.Task;

        await Task.WhenAll(Enumerable.Range(0, 70).Select(n => host.Bus.SendAsync(Messages.Job($"{n}"), Token)));
        for (var n = 0; n < MessagingRoles.MostSlots; n++)
        {
            await host.Jobs.NextAsync();
        }

        Assert.Equal(6, await ReadyAsync(host));
        end.SetResult();
    }

    [Fact]
    public async Task PublishAsync_Cancellation_ReachesEachHost()
    {
        var hosts = new[] { await HostAsync(), await HostAsync(), await HostAsync() };
        var watcher = await WatcherAsync();

        await watcher.Bus.PublishAsync(new CancelRestoration("job-1", 1), Token);

        foreach (var host in hosts)
        {
            Assert.Equal("job-1", (await host.Cancellations.NextAsync()).Message.JobId);
        }
    }

    [Fact]
    public async Task PublishAsync_CancellationWithoutHosts_IsNoError()
    {
        var watcher = await WatcherAsync();

        await watcher.Bus.PublishAsync(new CancelRestoration("job-1", 1), Token);
    }

    [Fact]
    public async Task Purge_WaitingJobs_DepthIsZero()
    {
        var watcher = await WatcherAsync();
        await watcher.Bus.SendAsync(Messages.Job("1"), Token);
        await watcher.Bus.SendAsync(Messages.Job("2"), Token);
        Assert.Equal(new Depth.QueueDepth(2, 0, null), await watcher.Queue.DepthAsync(Token));

        await Server.Management.PurgeAsync(VirtualHost, EndpointNames.RestoreImage);

        Assert.Equal(new Depth.QueueDepth(0, 0, null), await watcher.Queue.DepthAsync(Token));
    }

    [Fact]
    public async Task Depth_QueueWasDeleted_DeclaresItAndSaysZero()
    {
        var watcher = await WatcherAsync();
        await Server.Management.DeleteQueueAsync(VirtualHost, EndpointNames.RestoreImage);

        Assert.Equal(0, await ReadyAsync(watcher));
        await QueueAsync();
    }
}
