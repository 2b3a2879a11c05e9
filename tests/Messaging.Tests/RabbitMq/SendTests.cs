using System.Diagnostics;
using DipPipeline.Messaging.Sending;
using DipPipeline.Messaging.Topology;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Messaging.Tests.RabbitMq;

public sealed class SendTests(Broker broker) : RabbitMqTests(broker)
{
    [Fact]
    public async Task SendAsync_BrokerNeverThere_ThrowsInTime()
    {
        var sender = Own(new Node(new Uri("amqp://127.0.0.1:1/"), null, ("ConfirmTimeout", "00:00:01"), ("ConsumerStopTimeout", "00:00:01"), ("StopTimeout", "00:00:01")));
        await sender.StartAsync();
        var start = Stopwatch.GetTimestamp();

        var error = await Assert.ThrowsAsync<NotConfirmedException>(() => sender.Bus.SendAsync(Messages.Job(), Token));

        Assert.Contains("RestoreImage", error.Message, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Null(await sender.Queue.DepthAsync(Token));
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("frozen")]
    public async Task SendAsync_ConnectionLost_ThrowsInTimeAndWorksAgainLater(string how)
    {
        await using var proxy = new TcpProxy(Server.Port);
        var sender = await StartAsync(RabbitMqServer.AddressAt(proxy.Port, VirtualHost), null, ("ConfirmTimeout", "00:00:01"), ("Heartbeat", "00:00:01"));
        await sender.Bus.SendAsync(Messages.Job("before"), Token);

        if (how == "cut")
        {
            proxy.Cut();
        }
        else
        {
            proxy.Freeze();
        }

        await Assert.ThrowsAsync<NotConfirmedException>(() => sender.Bus.SendAsync(Messages.Job("meanwhile"), Token));
        await Assert.ThrowsAsync<NotConfirmedException>(() => sender.Bus.PublishAsync(Messages.Completed, Token));
        await sender.DisconnectedAsync();
        proxy.Mend();
        await sender.ConnectedAsync();
        await sender.Bus.SendAsync(Messages.Job("after"), Token);
        Assert.True(await ReadyAsync(sender) >= 2);
    }

    [Fact]
    public async Task SendAsync_Cancelled_ThrowsThat()
    {
        var sender = Own(new Node(new Uri("amqp://127.0.0.1:1/"), null, ("ConsumerStopTimeout", "00:00:01"), ("StopTimeout", "00:00:01")));
        await sender.StartAsync();
        using var cancelled = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sender.Bus.SendAsync(Messages.Job(), cancelled.Token));
    }

    [Fact]
    public async Task SendAsync_Job_IsPersistent()
    {
        var sender = await SenderAsync();
        await sender.Bus.SendAsync(Messages.Job(), Token);
        await using var connection = await new RabbitMQ.Client.ConnectionFactory { Uri = Address }.CreateConnectionAsync(Token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);

        var message = await channel.BasicGetAsync(EndpointNames.RestoreImage, autoAck: true, Token);

        Assert.True(message!.BasicProperties.Persistent);
    }

    [Fact]
    public async Task PublishAsync_Progress_IsRefused()
    {
        var sender = await SenderAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => sender.Bus.PublishAsync(Messages.Progress(), Token));
    }
}
