using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Topology;
using RabbitMQ.Client;

namespace DipPipeline.Messaging.Tests.RabbitMq;

public sealed class FaultTests(Broker broker) : RabbitMqTests(broker)
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task HandleAsync_Throws_MessageLiesInTheErrorQueueOnce(bool isCancellation)
    {
        var host = await HostAsync();
        host.Jobs.Act = handled => handled.Message.JobId != "bad" ? Task.CompletedTask
            : isCancellation ? throw new OperationCanceledException("A time-out of the handler's own.") : throw new InvalidOperationException("A handler's fault.");
        await host.Bus.SendAsync(Messages.Job("bad"), Token);
        await host.Bus.SendAsync(Messages.Job("good"), Token);
        await host.Jobs.NextAsync();
        await (await host.Jobs.NextAsync()).Ended.Task.WaitAsync(Node.Patience, Token);
        await host.StopAsync();

        Assert.Contains("\"bad\"", Assert.Single(await ErrorsAsync()), StringComparison.Ordinal);
        Assert.Equal(0, host.Jobs.Count);
    }

    [Fact]
    public async Task HandleAsync_Returned_AnotherHostGetsItAndNothingIsAnError()
    {
        var without = await HostAsync();
        without.Jobs.Act = _ => throw new ReturnMessageException("This Host lacks the plugin.");
        await without.Bus.SendAsync(Messages.Job(), Token);
        await without.Jobs.NextAsync();
        var with = await HostAsync();

        Assert.True((await with.Jobs.NextAsync()).Delivery.IsRedelivered);

        await without.StopAsync();
        await with.StopAsync();
        Assert.Empty(await ErrorsAsync());
    }

    [Fact]
    public async Task HandleAsync_Batch_IsAcknowledgedOnlyWhenItReturned()
    {
        var first = await WatcherAsync();
        first.Events.Act = handled => Task.Delay(Timeout.Infinite, handled.Lost);
        var host = await HostAsync();
        await host.Bus.PublishAsync(Messages.Started("1"), Token);
        await first.Events.NextAsync();
        await host.Bus.PublishAsync(Messages.Started("2"), Token);

        await Server.CloseConnectionsAsync(VirtualHost);
        first.Events.Act = _ => Task.CompletedTask;

        var ids = new HashSet<string>();
        while (ids.Count < 2)
        {
            var batch = await first.Events.NextAsync();
            Assert.True(batch.Delivery.IsRedelivered);
            ids.UnionWith(batch.Message.Select(one => one.JobId));
        }

        await first.StopAsync();
        Assert.Empty(await ErrorsAsync(EndpointNames.JobEvents));
        Assert.Empty(await Server.Management.TakeAsync(VirtualHost, EndpointNames.JobEvents));
    }

    [Fact]
    public async Task BadEvent_InABatch_AloneLiesInTheErrorQueue()
    {
        var watcher = await WatcherAsync();
        watcher.Events.Act = handled => handled.Message.Any(one => one.JobId == "bad") ? throw new InvalidOperationException("A bad event.") : Task.CompletedTask;
        await Task.WhenAll(((string[])["a", "bad", "b"]).Select(id => watcher.Bus.PublishAsync(Messages.Started(id), Token)));
        await watcher.Bus.PublishAsync(Messages.Started("last"), Token);
        while (!(await watcher.Events.NextAsync()).Message.Any(one => one.JobId == "last"))
        {
        }

        await watcher.StopAsync();

        Assert.Contains("\"bad\"", Assert.Single(await ErrorsAsync(EndpointNames.JobEvents)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""{"messageType":["urn:message:DipPipeline.Contracts.Messages:RestoreImage"],"message":{"jobId":"x"}}""")]
    public async Task Message_OfNobodyWeKnow_IsSetAsideAndTheNextIsHandled(string body)
    {
        var host = await HostAsync();
        await using var connection = await new ConnectionFactory { Uri = Address }.CreateConnectionAsync(Token);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Token);
        await channel.BasicPublishAsync(EndpointNames.RestoreImage, "", mandatory: true, new BasicProperties { ContentType = "application/vnd.masstransit+json" }, System.Text.Encoding.UTF8.GetBytes(body), Token);

        await host.Bus.SendAsync(Messages.Job("good"), Token);

        Assert.Equal("good", (await host.Jobs.NextAsync()).Message.JobId);
        await host.StopAsync();
        Assert.Equal(0, await ReadyAsync(await SenderAsync()));
        var aside = (await Server.Management.QueuesAsync(VirtualHost)).Where(name => name is "restore-image_error" or "restore-image_skipped").ToList();
        Assert.Contains(body, await Server.Management.TakeAsync(VirtualHost, Assert.Single(aside)));
    }
}
