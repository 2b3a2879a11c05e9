using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Serialization;
using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Handling;
using Microsoft.Extensions.DependencyInjection;

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
    public async Task PublishAsync_EveryEvent_ArrivesWhole()
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

        Assert.Equal(Messages.Events.Select(Whole).Order(), arrived.Select(Whole).Order());
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

    [Fact]
    public async Task Depth_ASendThatFails_IsNotCounted()
    {
        await using var node = await StartAllAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => node.Bus.SendAsync(Messages.Job("1"), new CancellationToken(canceled: true)));

        Assert.Equal(0, (await node.Queue.DepthAsync(TestContext.Current.CancellationToken))!.Ready);
    }

    [Fact]
    public async Task Depth_MoreJobsThanSlots_NeverMoreAtWorkThanSlots()
    {
        var end = new TaskCompletionSource();
        await using var node = await StartAllAsync();
        node.Jobs.Act = _ => end.Task;
        foreach (var id in (string[])["1", "2", "3", "4", "5"])
        {
            await node.Bus.SendAsync(Messages.Job(id), TestContext.Current.CancellationToken);
        }

        await node.Jobs.NextAsync();
        await node.Jobs.NextAsync();

        Assert.Equal(3, (await node.Queue.DepthAsync(TestContext.Current.CancellationToken))!.Ready);
        Assert.Equal(0, node.Jobs.Count);
        end.SetResult();
        await node.Jobs.NextAsync();
        await node.Jobs.NextAsync();
        await node.Jobs.NextAsync();
        Assert.Equal(0, (await node.Queue.DepthAsync(TestContext.Current.CancellationToken))!.Ready);
    }

    [Fact]
    public async Task HandleAsync_Throws_IsNotDeliveredAgain()
    {
        await using var node = await StartAllAsync();
        node.Jobs.Act = handled => handled.Message.JobId == "bad" ? throw new InvalidOperationException("A handler's fault.") : Task.CompletedTask;

        await node.Bus.SendAsync(Messages.Job("bad"), TestContext.Current.CancellationToken);
        await node.Bus.SendAsync(Messages.Job("good"), TestContext.Current.CancellationToken);

        // In which order they come a broker that gives one back need not keep.
        var handled = new[] { await node.Jobs.NextAsync(), await node.Jobs.NextAsync() };
        Assert.Equal(["bad", "good"], handled.Select(h => h.Message.JobId).Order());
        Assert.Equal(0, (await node.Queue.DepthAsync(TestContext.Current.CancellationToken))!.Ready);
    }

    [Fact]
    public async Task HandleAsync_Returned_IsDeliveredAgainAfterTheDelay()
    {
        await using var node = await StartAllAsync(("ReturnDelay", "00:00:00.2"));
        node.Jobs.Act = handled => handled.Delivery.IsRedelivered ? Task.CompletedTask : throw new ReturnMessageException("Not here.");
        var start = Stopwatch.GetTimestamp();

        await node.Bus.SendAsync(Messages.Job(), TestContext.Current.CancellationToken);

        Assert.False((await node.Jobs.NextAsync()).Delivery.IsRedelivered);
        var again = await node.Jobs.NextAsync();
        Assert.True(again.Delivery.IsRedelivered);
        AssertSame(Messages.Job(), again.Message);
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(190));
    }

    [Fact]
    public async Task HandleAsync_Batch_IsWhatCameWhileTheLastOneWasHandled()
    {
        var end = new TaskCompletionSource();
        await using var node = await StartAllAsync(("EventBatch", "10"));
        node.Events.Act = _ => end.Task;
        await node.Bus.PublishAsync(Messages.Started("first"), TestContext.Current.CancellationToken);
        Assert.Equal("first", Assert.Single((await node.Events.NextAsync()).Message).JobId);
        await Task.WhenAll(Enumerable.Range(0, 15).Select(n => node.Bus.PublishAsync(Messages.Started($"{n}"), TestContext.Current.CancellationToken)));
        while (node.Services.GetRequiredService<EventBatches>().WaitingCount < 15)
        {
            await Task.Yield();
        }

        end.SetResult();

        var sizes = new List<int>();
        while (sizes.Sum() < 15)
        {
            sizes.Add((await node.Events.NextAsync()).Message.Count);
        }

        Assert.All(sizes, size => Assert.InRange(size, 1, 10));
        Assert.Equal(2, sizes.Count);
    }

    [Fact]
    public async Task HandleAsync_BatchWithABadEvent_OnlyThatOneFails()
    {
        var end = new TaskCompletionSource();
        var applied = new ConcurrentBag<string>();
        await using var node = await StartAllAsync();
        node.Events.Act = async handled =>
        {
            await end.Task;
            if (handled.Message.Any(one => one.JobId == "bad"))
            {
                throw new InvalidOperationException("A bad event.");
            }

            handled.Message.ToList().ForEach(one => applied.Add(one.JobId));
        };
        foreach (var id in (string[])["first", "a", "bad", "b"])
        {
            await node.Bus.PublishAsync(Messages.Started(id), TestContext.Current.CancellationToken);
        }

        end.SetResult();
        await node.Bus.PublishAsync(Messages.Started("last"), TestContext.Current.CancellationToken);

        while (!applied.Contains("last"))
        {
            await (await node.Events.NextAsync()).Ended.Task.WaitAsync(Node.Patience, TestContext.Current.CancellationToken);
        }

        Assert.Equal(["a", "b", "first", "last"], applied.Order());
    }

    [Fact]
    public async Task StopAsync_HandlerRuns_IsWaitedForAndNotLost()
    {
        var end = new TaskCompletionSource();
        await using var node = await StartAllAsync();
        node.Jobs.Act = _ => end.Task;
        await node.Bus.SendAsync(Messages.Job(), TestContext.Current.CancellationToken);
        var handled = await node.Jobs.NextAsync();

        var stopping = node.StopAsync();
        await node.DisconnectedAsync();
        Assert.False(stopping.IsCompleted);
        Assert.False(handled.Lost.IsCancellationRequested);
        // Until then a handler can still say what became of its job.
        await node.Bus.PublishAsync(Messages.Events[6], TestContext.Current.CancellationToken);
        end.SetResult();

        await stopping.WaitAsync(Node.Patience, TestContext.Current.CancellationToken);
        Assert.False(handled.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task StopAsync_HandlerRunsTooLong_IsLost()
    {
        await using var node = await StartAllAsync(("ConsumerStopTimeout", "00:00:00.5"), ("StopTimeout", "00:00:10"));
        node.Jobs.Act = handled => Task.Delay(Timeout.Infinite, handled.Lost);
        await node.Bus.SendAsync(Messages.Job(), TestContext.Current.CancellationToken);
        var handled = await node.Jobs.NextAsync();

        var start = Stopwatch.GetTimestamp();
        await node.StopAsync();

        Assert.True(handled.Lost.IsCancellationRequested);
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.FromSeconds(0.4), TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task StopAsync_HandlerHeedsNothing_EndsInTime()
    {
        var end = new TaskCompletionSource();
        await using var node = await StartAllAsync(("ConsumerStopTimeout", "00:00:00.2"), ("StopTimeout", "00:00:01"));
        node.Jobs.Act = _ => end.Task;
        await node.Bus.SendAsync(Messages.Job(), TestContext.Current.CancellationToken);
        await node.Jobs.NextAsync();

        await node.StopAsync().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        end.SetResult();
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
