using DipPipeline.Messaging.Topology;
using RabbitMQ.Client;

namespace DipPipeline.Messaging.Tests.RabbitMq;

public sealed class TopologyTests(Broker broker) : RabbitMqTests(broker)
{
    [Fact]
    public async Task SendAsync_NoHostEverRan_IsKeptForTheFirst()
    {
        var sender = await SenderAsync();
        await sender.Bus.SendAsync(Messages.Job(), Token);
        await sender.Bus.SendAsync(Messages.Submission, Token);
        await sender.DisposeAsync();

        var host = await HostAsync();
        var watcher = await WatcherAsync();

        Assert.Equal("job-1", (await host.Jobs.NextAsync()).Message.JobId);
        Assert.Equal(Messages.Submission.Paths, (await watcher.Submissions.NextAsync()).Message.Paths);
    }

    [Fact]
    public async Task PublishAsync_NoWatcherEverRan_IsKeptForTheFirst()
    {
        var host = await HostAsync();
        await host.Bus.PublishAsync(Messages.Completed, Token);
        await host.DisposeAsync();

        var watcher = await WatcherAsync();

        Assert.Equal("job-1", Assert.Single((await watcher.Events.NextAsync()).Message).JobId);
    }

    [Theory]
    [InlineData("host")]
    [InlineData("watcher")]
    [InlineData("sender")]
    public async Task Start_AnyRole_DeclaresEveryDurableQueue(string role)
    {
        await (role switch
        {
            "host" => HostAsync(),
            "watcher" => WatcherAsync(),
            _ => SenderAsync(),
        });

        foreach (var name in (string[])[EndpointNames.RestoreImage, EndpointNames.JobEvents, EndpointNames.Submissions])
        {
            var queue = await QueueAsync(name);
            Assert.True(queue.GetProperty("durable").GetBoolean());
            var arguments = queue.GetProperty("arguments");
            Assert.Equal("quorum", arguments.GetProperty("x-queue-type").GetString());
            Assert.Equal(DurableQueue.DeliveryLimit, arguments.GetProperty("x-delivery-limit").GetInt32());
            Assert.Equal(name + "_dead", arguments.GetProperty("x-dead-letter-exchange").GetString());
            Assert.Equal("quorum", (await QueueAsync(name + "_dead")).GetProperty("arguments").GetProperty("x-queue-type").GetString());
        }
    }

    [Fact]
    public async Task DeadMessage_OfEachQueue_LiesInItsDeadLetterQueue()
    {
        var sender = await SenderAsync();
        await sender.Bus.SendAsync(Messages.Job("dead"), Token);
        await using var connection = await new ConnectionFactory { Uri = Address }.CreateConnectionAsync(Token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);

        var message = await channel.BasicGetAsync(EndpointNames.RestoreImage, autoAck: false, Token);
        await channel.BasicRejectAsync(message!.DeliveryTag, requeue: false, Token);

        // The broker passes it on by itself, soon after.
        BasicGetResult? dead = null;
        using var deadline = new CancellationTokenSource(Node.Patience);
        while (dead is null)
        {
            dead = await channel.BasicGetAsync(EndpointNames.RestoreImage + EndpointNames.DeadSuffix, autoAck: true, deadline.Token);
        }

        Assert.Contains("\"dead\"", System.Text.Encoding.UTF8.GetString(dead.Body.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_OfTheNameWithOtherArguments_IsAReasonInHealth()
    {
        await using var connection = await new ConnectionFactory { Uri = Address }.CreateConnectionAsync(Token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        await channel.QueueDeclareAsync(EndpointNames.RestoreImage, durable: true, exclusive: false, autoDelete: false, cancellationToken: Token);

        var host = Own(new Node(Address, roles => roles.Host(1)));
        await host.StartAsync();

        await host.ReasonAsync("inequivalent arg");
        Assert.False(host.Health.Check().IsConnected);
    }
}
