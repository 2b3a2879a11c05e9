using DipPipeline.Messaging.Topology;

namespace DipPipeline.Messaging.Tests.RabbitMq;

public sealed class StopTests(Broker broker) : RabbitMqTests(broker)
{
    [Fact]
    public async Task StopAsync_HandlerUnfinished_MessageGoesBackToTheQueue()
    {
        var first = await HostAsync(1, ("ConsumerStopTimeout", "00:00:00.3"), ("StopTimeout", "00:00:05"));
        first.Jobs.Act = handled => Task.Delay(Timeout.Infinite, handled.Lost);
        await first.Bus.SendAsync(Messages.Job(), Token);
        await first.Jobs.NextAsync();

        await first.StopAsync();

        var second = await HostAsync();
        Assert.True((await second.Jobs.NextAsync()).Delivery.IsRedelivered);
        Assert.Empty(await ErrorsAsync());
    }

    [Fact]
    public async Task StopAsync_HandlerHeedsNothing_MessageGoesBackToTheQueue()
    {
        var end = new TaskCompletionSource();
        var first = await HostAsync(1, ("ConsumerStopTimeout", "00:00:00.2"), ("StopTimeout", "00:00:01"));
        first.Jobs.Act = _ => end.Task;
        await first.Bus.SendAsync(Messages.Job(), Token);
        await first.Jobs.NextAsync();

        await first.StopAsync();

        var second = await HostAsync();
        Assert.True((await second.Jobs.NextAsync()).Delivery.IsRedelivered);
        end.SetResult();
    }

    [Fact]
    public async Task StopAsync_HandlerEndsMeanwhile_IsAcknowledgedAndNoMoreIsTaken()
    {
        var end = new TaskCompletionSource();
        var host = await HostAsync();
        var sender = await SenderAsync();
        host.Jobs.Act = _ => end.Task;
        await sender.Bus.SendAsync(Messages.Job("running"), Token);
        await sender.Bus.SendAsync(Messages.Job("waiting"), Token);
        await host.Jobs.NextAsync();

        await ConsumedAsync(true);
        var stopping = host.StopAsync();
        await ConsumedAsync(false);

        end.SetResult();
        await stopping;

        Assert.Equal(0, host.Jobs.Count);
        Assert.Equal(1, await ReadyAsync(sender));
    }

    /// <summary>Returns when the queue has a consumer, or none any more; the broker's count in the depth includes those with work.</summary>
    private async Task ConsumedAsync(bool isConsumed)
    {
        while ((await Server.Management.ConsumedAsync(VirtualHost)).Contains(EndpointNames.RestoreImage) != isConsumed)
        {
            Token.ThrowIfCancellationRequested();
        }
    }

    [Fact]
    public async Task StopAsync_HostAndBrokerAway_EndsInTime()
    {
        var host = Own(new Node(new Uri("amqp://127.0.0.1:1/"), roles => roles.Host(1), ("ConsumerStopTimeout", "00:00:00.2"), ("StopTimeout", "00:00:02")));
        await host.StartAsync();
        Assert.False(host.Health.Check().IsConnected);

        await host.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), Token);
    }
}
