using DipPipeline.Messaging.Topology;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Messaging.Tests.RabbitMq;

public sealed class LostDeliveryTests(Broker broker) : RabbitMqTests(broker)
{
    [Fact]
    public async Task ConnectionsClosed_HandlerRuns_IsLostRedeliveredAndConsumedOn()
    {
        var host = await HostAsync(slots: 2);
        var sender = await SenderAsync();
        host.Jobs.Act = handled => handled is { Message.JobId: "long", Delivery.IsRedelivered: false } ? Task.Delay(Timeout.Infinite, handled.Lost) : Task.CompletedTask;
        await sender.Bus.SendAsync(Messages.Job("long"), Token);
        var first = await host.Jobs.NextAsync();

        await Server.CloseConnectionsAsync(VirtualHost);

        await first.UntilLostAsync();
        var again = await host.Jobs.NextAsync();
        Assert.Equal("long", again.Message.JobId);
        Assert.True(again.Delivery.IsRedelivered);
        await sender.Bus.SendAsync(Messages.Job("next"), Token);
        Assert.Equal("next", (await host.Jobs.NextAsync()).Message.JobId);
        Assert.Empty(await ErrorsAsync());
    }

    [Theory]
    [InlineData("returns")]
    [InlineData("throws")]
    [InlineData("throws OperationCanceledException")]
    public async Task ConnectionCut_HandlerEndsAfterwards_ComesAgainAndIsNoError(string end)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var host = await StartAsync(RabbitMqServer.AddressAt(proxy.Port, VirtualHost), roles => roles.Host(1));
        var sender = await SenderAsync();
        host.Jobs.Act = async handled =>
        {
            if (!handled.Delivery.IsRedelivered)
            {
                await handled.UntilLostAsync();
                switch (end)
                {
                    case "throws":
                        throw new InvalidOperationException("after the loss");
                    case "throws OperationCanceledException":
                        throw new OperationCanceledException();
                }
            }
        };
        await sender.Bus.SendAsync(Messages.Job(), Token);
        var first = await host.Jobs.NextAsync();

        proxy.Cut();
        await first.Ended.Task.WaitAsync(Node.Patience, Token);
        proxy.Mend();

        Assert.True((await host.Jobs.NextAsync()).Delivery.IsRedelivered);
        await host.StopAsync();
        Assert.Equal(0, await ReadyAsync(sender));
        Assert.Empty(await ErrorsAsync());
    }

    [Fact]
    public async Task ConnectionFrozen_HandlerRuns_IsLostAfterTheHeartbeats()
    {
        await using var proxy = new TcpProxy(Server.Port);
        var host = await StartAsync(RabbitMqServer.AddressAt(proxy.Port, VirtualHost), roles => roles.Host(1), ("Heartbeat", "00:00:01"));
        host.Jobs.Act = handled => handled.Delivery.IsRedelivered ? Task.CompletedTask : Task.Delay(Timeout.Infinite, handled.Lost);
        await host.Bus.SendAsync(Messages.Job(), Token);
        var first = await host.Jobs.NextAsync();

        proxy.Freeze();

        await first.UntilLostAsync();
        proxy.Mend();
        Assert.Equal("job-1", (await host.Jobs.NextAsync()).Message.JobId);
    }

    [Fact]
    public async Task ConnectionCut_Health_SaysSoUntilItIsBack()
    {
        await using var proxy = new TcpProxy(Server.Port);
        var host = await StartAsync(RabbitMqServer.AddressAt(proxy.Port, VirtualHost), roles => roles.Host(1));
        host.Jobs.Act = handled => handled.Delivery.IsRedelivered ? Task.CompletedTask : Task.Delay(Timeout.Infinite, handled.Lost);
        Assert.True(host.Health.Check().IsConnected);
        await host.Bus.SendAsync(Messages.Job(), Token);
        var first = await host.Jobs.NextAsync();

        proxy.Cut();
        await first.UntilLostAsync();
        await host.DisconnectedAsync();

        Assert.False(host.Health.Check().IsConnected);
        Assert.NotEmpty(host.Health.Check().Reason);
        Assert.Null(await host.Queue.DepthAsync(Token));
        proxy.Mend();
        await host.ConnectedAsync();
        Assert.NotNull(await host.Queue.DepthAsync(Token));
    }

    [Fact]
    public async Task BrokerBuiltAnew_HostAndSender_DeclareAndGoOn()
    {
        var host = await HostAsync();
        var sender = await SenderAsync();
        await sender.Bus.SendAsync(Messages.Job("before"), Token);
        await host.Jobs.NextAsync();

        await Server.Management.RecreateVirtualHostAsync(VirtualHost);

        await sender.ConnectedAsync();
        await sender.Bus.SendAsync(Messages.Job("after"), Token);
        Assert.Equal("after", (await host.Jobs.NextAsync()).Message.JobId);
    }

    [Fact]
    public async Task QueuesDeleted_SenderConnected_DeclaresThemAtTheNextMessage()
    {
        var sender = await SenderAsync();
        await sender.Bus.SendAsync(Messages.Job(), Token);
        await Server.Management.DeleteQueueAsync(VirtualHost, EndpointNames.RestoreImage);

        await sender.Bus.SendAsync(Messages.Job(), Token);

        Assert.Equal(1, await ReadyAsync(sender));
    }
}
