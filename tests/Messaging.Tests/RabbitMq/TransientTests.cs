using DipPipeline.Messaging.Sending;
using DipPipeline.Messaging.Topology;
using DipPipeline.Tests.Servers;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Messaging.Tests.RabbitMq;

public sealed class TransientTests(Broker broker) : RabbitMqTests(broker)
{
    [Fact]
    public async Task PublishTransient_BrokerAway_ReturnsAtOnceAndIsBounded()
    {
        var sender = Own(new Node(new Uri("amqp://127.0.0.1:1/"), null, ("TransientCapacity", "10"), ("ConsumerStopTimeout", "00:00:01"), ("StopTimeout", "00:00:01")));

        // Before the start nothing is taken out, either.
        for (var n = 0; n < 10_000; n++)
        {
            sender.Bus.PublishTransient(Messages.Progress(n));
        }

        Assert.Equal(10, sender.Services.GetRequiredService<TransientSender>().Waiting);
        await sender.StartAsync();
        sender.Bus.PublishTransient(Messages.Progress());
    }

    [Fact]
    public async Task PublishTransient_BrokerAwayAndBack_DropsAndGoesOn()
    {
        await using var proxy = new TcpProxy(Server.Port);
        var watcher = await WatcherAsync();
        var host = await StartAsync(RabbitMqServer.AddressAt(proxy.Port, VirtualHost), roles => roles.Host(1));
        host.Bus.PublishTransient(Messages.Progress(1));
        Assert.Equal(1, (await watcher.Progress.NextAsync()).Message.Iteration);

        proxy.Cut();
        await host.DisconnectedAsync();
        host.Bus.PublishTransient(Messages.Progress(2));
        proxy.Mend();
        await host.ConnectedAsync();
        host.Bus.PublishTransient(Messages.Progress(3));

        Assert.Equal(3, (await watcher.Progress.NextAsync()).Message.Iteration);
    }

    [Fact]
    public async Task PublishTransient_WatcherStuck_QueueIsBoundedAndNotDurable()
    {
        var end = new TaskCompletionSource();
        var watcher = await WatcherAsync(("TransientCapacity", "5"));
        watcher.Progress.Act = _ => end.Task;
        var host = await HostAsync();
        var name = Assert.Single(await Server.Management.QueuesAsync(VirtualHost), queue => queue.StartsWith(EndpointNames.Live, StringComparison.Ordinal));
        var declared = await QueueAsync(name);
        Assert.False(declared.GetProperty("durable").GetBoolean());
        Assert.True(declared.GetProperty("auto_delete").GetBoolean());
        Assert.Equal(5, declared.GetProperty("arguments").GetProperty("x-max-length").GetInt32());
        for (var n = 0; n < 200; n++)
        {
            host.Bus.PublishTransient(Messages.Progress(n));
        }

        host.Bus.PublishTransient(Messages.Announcement);
        while (await WaitingAsync(name) != 5)
        {
        }

        end.SetResult();
        await watcher.Announcements.NextAsync();
        // Those at work and those that waited, and none of the others.
        Assert.InRange(watcher.Progress.Count, 16, 25);
        await host.StopAsync();
        await watcher.StopAsync();
        Assert.DoesNotContain(name, await Server.Management.QueuesAsync(VirtualHost));
    }

    private async Task<int> WaitingAsync(string queue)
    {
        Token.ThrowIfCancellationRequested();
        return (await QueueAsync(queue)).TryGetProperty("messages_ready", out var ready) ? ready.GetInt32() : 0;
    }

    [Fact]
    public async Task PublishTransient_TwoWatchers_EachHears()
    {
        var one = await WatcherAsync();
        var two = await WatcherAsync();
        var host = await HostAsync();

        host.Bus.PublishTransient(Messages.Announcement);

        Assert.Equal(Messages.Announcement.Host, (await one.Announcements.NextAsync()).Message.Host);
        Assert.Equal(Messages.Announcement.Host, (await two.Announcements.NextAsync()).Message.Host);
    }
}
