using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;

namespace DipPipeline.Watcher.Tests;

public sealed class PublishingTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Publish_MoreThanFit_KeepsToTheMinimumAndRefillsAsJobsEnd()
    {
        await using var rig = new WatcherRig(("Watcher:MinimumOutstanding", "3"));
        Drop(rig, "denoise", 10);
        var watcher = await rig.StartAsync();
        var jobs = await rig.Bus.NextAsync(3);
        await WatcherRig.UntilAsync(async () => (await watcher.Catalogue.ListAsync(new(), Cancellation)).Count == 10);
        Assert.Equal(3, await watcher.Catalogue.OutstandingAsync(Cancellation));
        Assert.Equal(3, rig.Bus.Sent);

        await watcher.CompleteAsync(jobs[0]);
        await rig.Bus.NextAsync();
        Assert.Equal(4, rig.Bus.Sent);
    }

    [Fact]
    public async Task Publish_HostsAnnounced_KeepsMessagesForEachLiveSlot()
    {
        await using var rig = new WatcherRig(("Watcher:MinimumOutstanding", "1"), ("Watcher:MessagesPerSlot", "2"));
        Drop(rig, "denoise", 20);
        var watcher = await rig.StartAsync();
        await rig.Bus.NextAsync();
        await watcher.HandleAsync(Host("one", 2));
        await rig.Bus.NextAsync(3);
        await watcher.HandleAsync(Host("two", 3));
        await rig.Bus.NextAsync(6);
        await watcher.HandleAsync(Host("two", 3) with { IsLeaving = true });
        Assert.Equal(10, rig.Bus.Sent);
    }

    [Fact]
    public void LiveSlots_SilentHost_DoesNotCount()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var slots = new LiveSlots(time);
        slots.Note(Host("one", 2));
        time.Advance(TimeSpan.FromSeconds(60));
        slots.Note(Host("two", 3));
        slots.Note(Host("two", 4));
        Assert.Equal(6, slots.Count);
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(4, slots.Count);
        slots.Note(Host("two", 4) with { IsLeaving = true });
        Assert.Equal(0, slots.Count);
    }

    [Fact]
    public async Task Publish_Priorities_GoBeforeWhatWaitsLonger()
    {
        await using var rig = new WatcherRig(("Watcher:MinimumOutstanding", "1"));
        Drop(rig, "denoise", 5);
        var watcher = await rig.StartAsync();
        var first = await rig.Bus.NextAsync();
        await WatcherRig.UntilAsync(async () => (await watcher.Catalogue.ListAsync(new(), Cancellation)).Count == 5);
        rig.Drop("denoise/urgent.options.json", """{"priority": 5}""");
        rig.Drop("denoise/urgent.png");
        Assert.Equal(5, (await watcher.JobAsync("denoise/urgent.png")).Priority);
        await watcher.CompleteAsync(first);
        Assert.Equal("denoise/urgent.png", (await rig.Bus.NextAsync()).Picture.Path);
    }

    [Fact]
    public async Task Publish_BrokerAway_WaitsInTheCatalogue()
    {
        await using var rig = new WatcherRig();
        rig.Bus.IsAway = true;
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Any(l => l.Contains("1 of 1 jobs could not be published", StringComparison.Ordinal))));
        Assert.Equal(JobState.Waiting, (await watcher.JobAsync("denoise/photo.png")).State);
        rig.Bus.IsAway = false;
        Assert.Equal("denoise/photo.png", (await rig.Bus.NextAsync()).Picture.Path);
    }

    [Fact]
    public async Task Publish_Deferred_ComesAgainWhenDue()
    {
        await using var rig = new WatcherRig(("Jobs:FirstDeferral", "00:00:00.2"));
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        var job = await rig.Bus.NextAsync();
        await watcher.SayAsync(new RestorationDeferred(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, "The storage is away."));
        Assert.Equal(job.JobId, (await rig.Bus.NextAsync()).JobId);
    }

    [Fact]
    public async Task Reconcile_QueuePurged_PublishesWhatNobodyHas()
    {
        await using var rig = new WatcherRig(("Watcher:ReconcileInterval", "00:00:01"), ("Watcher:SilentAfter", "00:00:00.5"), ("Messaging:RabbitMq", "amqp://elsewhere"));
        await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        var job = await rig.Bus.NextAsync();
        Assert.Equal(job.JobId, (await rig.Bus.NextAsync()).JobId);
    }

    [Fact]
    public async Task Reconcile_MessagesInTheQueue_WaitsForThem()
    {
        await using var rig = new WatcherRig(("Watcher:ReconcileInterval", "00:00:01"), ("Watcher:SilentAfter", "00:00:00"), ("Messaging:RabbitMq", "amqp://elsewhere"));
        rig.Bus.Ready = 1;
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        await rig.Bus.NextAsync();
        await watcher.Host.Services.GetService(typeof(Reconciler)).As<Reconciler>().ReconcileAsync(Cancellation);
        Assert.Equal(1, rig.Bus.Sent);
        rig.Bus.Ready = 0;
        await rig.Bus.NextAsync();
    }

    [Fact]
    public async Task Reconcile_PassedOverInAQueueThatIsNeverEmpty_IsPublishedAgain()
    {
        await using var rig = new WatcherRig(
            ("Watcher:ReconcileInterval", "00:00:01"), ("Watcher:LostAfter", "00:00:01"), ("Watcher:MinimumOutstanding", "6"), ("Messaging:RabbitMq", "amqp://elsewhere"));
        rig.Bus.Ready = 1;
        Drop(rig, "denoise", 30);
        var watcher = await rig.StartAsync();
        var jobs = await rig.Bus.NextAsync(6);
        await WatcherRig.UntilAsync(async () => (await watcher.Catalogue.ListAsync(new(), Cancellation)).Count == 30);
        // As a Watcher leaves it that is killed between the catalogue and the broker: queued, and never sent.
        var unsent = (await watcher.Catalogue.TakeAsync(2, Cancellation)).Select(j => j.Message.JobId).ToHashSet();

        foreach (var job in jobs)
        {
            await watcher.CompleteAsync(job);
        }

        while (unsent.Count > 0)
        {
            var job = await rig.Bus.NextAsync();
            unsent.Remove(job.JobId);
            await watcher.CompleteAsync(job);
        }
    }

    [Fact]
    public async Task Reconcile_SaidToRunAndNobodyWorksOnIt_IsPublishedAgainThoughTheQueueIsNotEmpty()
    {
        await using var rig = new WatcherRig(("Watcher:ReconcileInterval", "00:00:01"), ("Watcher:LostAfter", "00:00:01"), ("Messaging:RabbitMq", "amqp://elsewhere"));
        rig.Bus.Ready = 1;
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        var job = await rig.Bus.NextAsync();
        var state = new Storage.JobState(rig.Results, job.JobId);
        await state.WriteClaimAsync(new Storage.JobClaim { Owner = "one", Host = "host", Generation = 1, Slice = 0, Since = DateTimeOffset.UnixEpoch, FromIteration = 0 }, Cancellation);
        await watcher.SayAsync(new RestorationStarted(job.JobId, 1, "host", DateTimeOffset.UtcNow, 0, 1));

        // Its Host is silent, as in an iteration of minutes, and gives signs of life.
        var reads = 0;
        rig.Results.Before = path =>
        {
            if (path.EndsWith("claim.json", StringComparison.Ordinal))
            {
                state.BeatAsync("one", Interlocked.Increment(ref reads), Cancellation).GetAwaiter().GetResult();
            }
        };
        await WatcherRig.UntilAsync(() => Task.FromResult(Volatile.Read(ref reads) >= 4));
        Assert.Equal(1, rig.Bus.Sent);

        // And no more.
        rig.Results.Before = null;
        Assert.Equal(job.JobId, (await rig.Bus.NextAsync()).JobId);
    }

    [Fact]
    public async Task Start_BusInMemory_PublishesAtOnceWhatTheFormerProcessHad()
    {
        await using var rig = new WatcherRig();
        var former = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        var job = await rig.Bus.NextAsync();
        await former.StopAsync();
        await rig.StartAsync();
        Assert.Equal(job, await rig.Bus.NextAsync(), (a, b) => a.JobId == b.JobId && a.Generation == b.Generation);
    }

    [Fact]
    public async Task Restart_NothingChanged_IsNoJob()
    {
        await using var rig = new WatcherRig(("Messaging:RabbitMq", "amqp://elsewhere"));
        var former = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        await former.CompleteAsync(await rig.Bus.NextAsync());
        await former.StopAsync();
        await rig.StartAsync();
        rig.Drop("denoise/next.png");
        Assert.Equal("denoise/next.png", (await rig.Bus.NextAsync()).Picture.Path);
        Assert.Equal(2, rig.Bus.Sent);
    }

    [Fact]
    public async Task Start_SecondWatcher_StandsByAndTakesOver()
    {
        await using var rig = new WatcherRig(("Messaging:RabbitMq", "amqp://elsewhere"));
        var first = await rig.StartAsync();
        var second = await rig.StartAsync(leads: false);
        await WatcherRig.UntilAsync(() => Task.FromResult(Role(second) == WatcherRole.StandingBy));
        rig.Drop("denoise/one.png");
        var job = await rig.Bus.NextAsync();
        // Events reach whoever listens.
        await second.CompleteAsync(job);
        Assert.Equal(JobState.Completed, await first.StateAsync("denoise/one.png"));
        Assert.Equal(WatcherRole.StandingBy, Role(second));

        await first.StopAsync();
        await WatcherRig.UntilAsync(() => Task.FromResult(Role(second) == WatcherRole.Leading));
        rig.Drop("denoise/two.png");
        Assert.Equal("denoise/two.png", (await rig.Bus.NextAsync()).Picture.Path);
        Assert.Equal(2, rig.Bus.Sent);
    }

    [Fact]
    public async Task Publish_ANewerVersion_OnlyOnceTheOlderOnesMarkIsInStorage()
    {
        await using var rig = new WatcherRig();
        await rig.StartAsync();
        rig.Drop("denoise/photo.png", "one");
        var older = await rig.Bus.NextAsync();
        var isAway = true;
        rig.Results.Before = path =>
        {
            if (Volatile.Read(ref isAway) && path.EndsWith("cancel.json", StringComparison.Ordinal))
            {
                throw new Storage.StorageUnavailableException(path, new IOException("away"));
            }
        };

        rig.Drop("denoise/photo.png", "another");
        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Any(l => l.Contains("1 of 1 jobs could not be published", StringComparison.Ordinal))));
        Assert.Equal(1, rig.Bus.Sent);
        Volatile.Write(ref isAway, false);

        Assert.Equal(2, (await rig.Bus.NextAsync()).Generation);
        Assert.True(File.Exists(rig.Result($".dip/state/{older.JobId}/cancel.json")));
    }

    private static WatcherRole Role(WatcherRig.RunningWatcher watcher) => watcher.Host.Services.GetService(typeof(WatcherStatus)).As<WatcherStatus>().Role;

    private static HostAnnounced Host(string name, int slots) => new() { Host = name, Slots = slots, Busy = 0, Device = "cpu", Tasks = [] };

    private static void Drop(WatcherRig rig, string task, int count)
    {
        for (var i = 0; i < count; i++)
        {
            rig.Drop($"{task}/{i:00}.png");
        }
    }
}

internal static class Casts
{
    public static T As<T>(this object? value)
        where T : class => Assert.IsType<T>(value);
}
