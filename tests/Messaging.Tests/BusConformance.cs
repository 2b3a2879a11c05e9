using System.Text.Json;
using System.Text.Json.Serialization;
using DipPipeline.Contracts.Messages;

namespace DipPipeline.Messaging.Tests;

/// <summary>What holds on any bus, with one process that has every role.</summary>
public abstract class BusConformance
{
    private static readonly JsonSerializerOptions Json = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    internal abstract Task<Node> StartAsync(Action<MessagingRoles> roles, params (string Name, string Value)[] settings);

    private Task<Node> StartAllAsync(params (string Name, string Value)[] settings) => StartAsync(roles => roles.Host(2).Watcher(), settings);

    [Fact]
    public async Task SendAsync_Job_ArrivesWhole()
    {
        await using var node = await StartAllAsync();

        await node.Bus.SendAsync(Messages.Job(), TestContext.Current.CancellationToken);

        var handled = await node.Jobs.NextAsync();
        AssertSame(Messages.Job(), handled.Message);
        Assert.False(handled.Delivery.IsRedelivered);
        Assert.InRange(DateTimeOffset.UtcNow - handled.Delivery.SentAt!.Value, TimeSpan.FromSeconds(-1), Node.Patience);
    }

    [Fact]
    public async Task PublishAsync_EveryEvent_ArrivesWholeAndInOrder()
    {
        await using var node = await StartAllAsync();

        foreach (var one in Messages.Events)
        {
            await node.Bus.PublishAsync(one, TestContext.Current.CancellationToken);
        }

        var arrived = new List<IJobEvent>();
        while (arrived.Count < Messages.Events.Count)
        {
            arrived.AddRange((await node.Events.NextAsync()).Message);
        }

        Assert.Equal(Messages.Events.Select(Whole), arrived.Select(Whole));
    }

    [Fact]
    public async Task SendAsync_Submission_ArrivesWhole()
    {
        await using var node = await StartAllAsync();

        await node.Bus.SendAsync(Messages.Submission, TestContext.Current.CancellationToken);

        AssertSame(Messages.Submission, (await node.Submissions.NextAsync()).Message);
    }

    [Fact]
    public async Task PublishAsync_Cancellation_ArrivesWhole()
    {
        await using var node = await StartAllAsync();

        await node.Bus.PublishAsync(new CancelRestoration("job-1", 3), TestContext.Current.CancellationToken);

        Assert.Equal(new CancelRestoration("job-1", 3), (await node.Cancellations.NextAsync()).Message);
    }

    [Fact]
    public async Task PublishTransient_ProgressAndAnnouncement_ArriveWhole()
    {
        await using var node = await StartAllAsync();

        node.Bus.PublishTransient(Messages.Progress());
        node.Bus.PublishTransient(Messages.Announcement);

        AssertSame(Messages.Progress(), (await node.Progress.NextAsync()).Message);
        AssertSame(Messages.Announcement, (await node.Announcements.NextAsync()).Message);
    }

    private static void AssertSame<T>(T expected, T actual) => Assert.Equal(Whole(expected!), Whole(actual!));

    private static string Whole(object message) => message.GetType().Name + JsonSerializer.Serialize(message, message.GetType(), Json);
}

public sealed class InMemoryConformance : BusConformance
{
    internal override Task<Node> StartAsync(Action<MessagingRoles> roles, params (string Name, string Value)[] settings) =>
        Node.StartAsync(null, roles, settings);
}

public sealed class RabbitMqConformance(Broker broker) : BusConformance
{
    internal override async Task<Node> StartAsync(Action<MessagingRoles> roles, params (string Name, string Value)[] settings)
    {
        var (server, virtualHost) = await broker.EmptyAsync();
        return await Node.StartAsync(server.Address(virtualHost), roles, settings);
    }
}
