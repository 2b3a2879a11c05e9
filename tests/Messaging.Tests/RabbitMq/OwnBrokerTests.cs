using DipPipeline.Tests.Servers;

namespace DipPipeline.Messaging.Tests.RabbitMq;

/// <summary>What a broker can do only to all who use it.</summary>
public sealed class OwnBrokerTests(OwnBrokerTests.Fixture fixture) : IClassFixture<OwnBrokerTests.Fixture>
{
    private async Task<(RabbitMqServer Server, string VirtualHost)> EmptyAsync()
    {
        Assert.SkipWhen(fixture.Server is null, RabbitMqServer.NotInstalled);
        return (fixture.Server, await fixture.Server.Management.CreateVirtualHostAsync());
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task BrokerStoppedAndStarted_HandlersRun_AreLostRedeliveredAndNothingIsMissing()
    {
        var (server, virtualHost) = await EmptyAsync();
        await using var host = await Node.StartAsync(server.Address(virtualHost), roles => roles.Host(2));
        await using var watcher = await Node.StartAsync(server.Address(virtualHost), roles => roles.Watcher());
        host.Jobs.Act = handled => handled.Delivery.IsRedelivered ? Task.CompletedTask : Task.Delay(Timeout.Infinite, handled.Lost);
        foreach (var id in (string[])["1", "2", "3"])
        {
            await watcher.Bus.SendAsync(Messages.Job(id), Token);
        }

        var first = await host.Jobs.NextAsync();
        var second = await host.Jobs.NextAsync();

        await server.StopAsync();
        await first.UntilLostAsync();
        await second.UntilLostAsync();
        host.Jobs.Act = _ => Task.CompletedTask;
        await server.StartAsync();

        await host.ConnectedAsync();
        await watcher.ConnectedAsync();
        var again = new List<Handled<Contracts.Messages.RestoreImage>>();
        while (again.Count < 3)
        {
            again.Add(await host.Jobs.NextAsync());
        }

        Assert.Equal(["1", "2", "3"], again.Select(handled => handled.Message.JobId).Order());
        Assert.All(again.Where(handled => handled.Message.JobId != "3"), handled => Assert.True(handled.Delivery.IsRedelivered));
        await host.Bus.PublishAsync(Messages.Completed, Token);
        await watcher.Events.NextAsync();
        Assert.Null(await server.Management.QueueAsync(virtualHost, "restore-image_error"));
    }

    [Fact]
    public async Task BrokerKilled_DurableMessages_AreThereAfterwards()
    {
        var (server, virtualHost) = await EmptyAsync();
        await using (var sender = await Node.StartAsync(server.Address(virtualHost)))
        {
            await sender.Bus.SendAsync(Messages.Job(), Token);
            await sender.Bus.PublishAsync(Messages.Completed, Token);
            await sender.Bus.SendAsync(Messages.Submission, Token);
        }

        await server.StopAsync(kill: true);
        await server.StartAsync();

        await using var all = await Node.StartAsync(server.Address(virtualHost), roles => roles.Host(1).Watcher());
        Assert.Equal("job-1", (await all.Jobs.NextAsync()).Message.JobId);
        Assert.Equal("job-1", Assert.Single((await all.Events.NextAsync()).Message).JobId);
        Assert.Equal("denoise", (await all.Submissions.NextAsync()).Message.Task);
    }

    [Fact]
    public async Task ConsumerTimeout_HandlerRunsLonger_IsLostAndComesAgain()
    {
        var (server, virtualHost) = await EmptyAsync();
        await using var host = await Node.StartAsync(server.Address(virtualHost), roles => roles.Host(1));
        host.Jobs.Act = handled => handled.Delivery.IsRedelivered ? Task.CompletedTask : Task.Delay(Timeout.Infinite, handled.Lost);
        await host.Bus.SendAsync(Messages.Job(), Token);
        var first = await host.Jobs.NextAsync();

        await first.UntilLostAsync();

        Assert.True((await host.Jobs.NextAsync()).Delivery.IsRedelivered);
        Assert.Null(await server.Management.QueueAsync(virtualHost, "restore-image_error"));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        /// <summary>Long enough for a handler that the broker's stop interrupts.</summary>
        private static readonly TimeSpan ConsumerTimeout = TimeSpan.FromSeconds(6);

        internal RabbitMqServer? Server { get; private set; }

        public async ValueTask InitializeAsync()
        {
            if (RabbitMqServer.IsInstalled)
            {
                Server = await RabbitMqServer.StartNewAsync(ConsumerTimeout);
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (Server is not null)
            {
                await Server.DisposeAsync();
            }
        }
    }
}
