using DipPipeline.Jobs.Queries;
using DipPipeline.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Watcher.Tests;

/// <summary>Rows whose pictures cannot be read, one by one or all.</summary>
public sealed partial class RunTests
{
    [Fact]
    public async Task Run_TheInputsAreLost_WaitsForThemAndRejectsNothing()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        // It leads a moment before it has made the last of its folders.
        await WatcherRig.UntilAsync(() => Task.FromResult(FixtureTasks.All.All(t => Directory.Exists(rig.Files.At($"watch/{t.Id}")))));
        Directory.Move(rig.Files.At("watch"), rig.Files.At("elsewhere"));
        await BeginAsync(watcher, Row(1, "scans/one.png", "out/one.png"));
        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Any(l => l.Contains("taking archive runs", StringComparison.Ordinal))));
        Assert.Equal(1, (await StatusAsync(watcher)).Pending);

        Directory.Move(rig.Files.At("elsewhere"), rig.Files.At("watch"));
        rig.Drop("scans/one.png");

        Assert.Equal("scans/one.png", (await rig.Bus.NextAsync()).Picture.Path);
    }

    [Fact]
    public async Task Run_TheWatcherStartsWhileTheInputsAreNotMounted_WaitsForThemAndWantsNoHost()
    {
        await using var rig = new WatcherRig();
        rig.Drop("scans/one.png");
        rig.Drop("scans/two.png");
        Directory.Move(rig.Files.At("watch"), rig.Files.At("elsewhere"));
        Directory.CreateDirectory(rig.Files.At("watch"));

        var watcher = await rig.StartAsync();
        await BeginAsync(watcher, Row(1, "scans/one.png", "out/one.png"), Row(2, "scans/two.png", "out/two.png"));
        Assert.Equal(0, (await UntilDeferredAsync(watcher, 2)).Total);
        // Its default folders are in the mount's empty place, and tell nothing.
        Assert.All(FixtureTasks.All, t => Assert.True(Directory.Exists(rig.Files.At($"watch/{t.Id}"))));
        Assert.Equal((2, 0), await StatusAsync(watcher) is var status ? (status.Pending, status.Rejected) : default);

        // Nor while a mount that hangs is asked again.
        rig.Inputs.Before = _ => Thread.Sleep(2500);
        for (var look = 0; look < 60; look++)
        {
            Assert.Equal(0, (await BacklogAsync(watcher)).Total);
            await Task.Delay(100, Cancellation);
        }

        rig.Inputs.Before = null;
        Directory.Delete(rig.Files.At("watch"), recursive: true);
        Directory.Move(rig.Files.At("elsewhere"), rig.Files.At("watch"));
        await rig.Bus.NextAsync(2);
        Assert.Equal(2, (await UntilDeferredAsync(watcher, 0)).Total);
    }

    [Fact]
    public async Task Run_AsManyRowsAsAreReadAtOnceCannotBeRead_ThoseBehindGoOn()
    {
        const int unreadable = 100, behind = 5;
        await using var rig = new WatcherRig();
        for (var n = unreadable + 1; n <= unreadable + behind; n++)
        {
            rig.Drop($"scans/{n}.png");
        }

        var watcher = await rig.StartAsync();
        rig.Inputs.Before = path => _ = path.StartsWith("bad/", StringComparison.Ordinal) ? throw new StorageUnavailableException(path, new IOException("Its sectors are bad.")) : path;
        await BeginAsync(
            watcher,
            [.. Enumerable.Range(1, unreadable).Select(n => Row(n, $"bad/{n}.png", $"out/{n}.png")), .. Enumerable.Range(unreadable + 1, behind).Select(n => Row(n, $"scans/{n}.png", $"out/{n}.png"))]);

        Assert.Equal([.. Enumerable.Range(unreadable + 1, behind).Select(n => $"scans/{n}.png")], (await rig.Bus.NextAsync(behind)).Select(j => j.Picture.Path).Order());
        var status = await StatusAsync(watcher);
        Assert.Equal((unreadable, 0), (status.Pending, status.Rejected));
        // No Host is wanted for what nobody can read.
        Assert.Equal((0, behind), await UntilDeferredAsync(watcher, unreadable) is var backlog ? (backlog.Waiting, backlog.Total) : default);

        var told = watcher.Host.Services.GetRequiredService<WatcherStatus>();
        await watcher.StopAsync();
        Assert.Empty(told.Unreadable.Rows);
    }

    [Fact]
    public async Task Run_MoreRowsCannotBeReadThanArePutOff_NoHostIsWantedForAnyOfThem()
    {
        const int rows = 1100;
        await using var rig = new WatcherRig();
        rig.Drop("scans/there.png");
        var watcher = await rig.StartAsync();
        rig.Inputs.Before = path => throw new StorageUnavailableException(path, new IOException("It is stale."));
        await BeginAsync(watcher, [.. Enumerable.Range(1, rows).Select(n => Row(n, $"nas/{n}.png", $"out/{n}.png"))]);

        Assert.Equal(0, (await UntilDeferredAsync(watcher, rows)).Total);

        rig.Inputs.Before = null;
        Assert.Equal(rows, (await UntilDoneAsync(watcher)).Rejected);
    }

    [Fact]
    public async Task Run_ItsLastRowCanNeverBeRead_IsRejectedInTheEndAndTheRunIsDone()
    {
        await using var rig = new WatcherRig(("Watcher:UnreadableTimeout", "00:00:00.050"));
        rig.Drop("scans/one.png");
        rig.Drop("bad/two.png");
        var watcher = await rig.StartAsync();
        rig.Inputs.Before = path => _ = path == "bad/two.png" ? throw new StorageUnavailableException(path, new IOException("Its sectors are bad.")) : path;
        await BeginAsync(watcher, Row(1, "scans/one.png", "out/one.png"), Row(2, "bad/two.png", "out/two.png"));
        await watcher.CompleteAsync(await rig.Bus.NextAsync());

        await WatcherRig.UntilAsync(async () => (await StatusAsync(watcher)).IsDone);

        var status = await StatusAsync(watcher);
        Assert.Equal((1, 1), (status.Completed, status.Rejected));
        Assert.Contains("Its sectors are bad.", (await watcher.Catalogue.ListAsync(new JobFilter(), TestContext.Current.CancellationToken)).Single(j => j.Path == "bad/two.png").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_OneRowIsReadSlowly_TheOthersAreEnteredMeanwhile()
    {
        await using var rig = new WatcherRig(("Watcher:Readers", "2"));
        rig.Drop("slow/one.png");
        rig.Drop("scans/two.png");
        var watcher = await rig.StartAsync();
        using var slow = new ManualResetEventSlim();
        rig.Inputs.Before = path =>
        {
            if (path == "slow/one.png")
            {
                slow.Wait(TestContext.Current.CancellationToken);
            }
        };
        await BeginAsync(watcher, Row(1, "slow/one.png", "out/one.png"), Row(2, "scans/two.png", "out/two.png"));

        Assert.Equal("scans/two.png", (await rig.Bus.NextAsync()).Picture.Path);
        slow.Set();
        Assert.Equal("slow/one.png", (await rig.Bus.NextAsync()).Picture.Path);
    }

    private static Task<Backlog> BacklogAsync(WatcherRig.RunningWatcher watcher) => watcher.Host.Services.GetRequiredService<CurrentBacklog>().GetAsync(Cancellation);

    private static async Task<Backlog> UntilDeferredAsync(WatcherRig.RunningWatcher watcher, int deferred)
    {
        Backlog backlog = null!;
        await WatcherRig.UntilAsync(async () => (backlog = await BacklogAsync(watcher)).Deferred == deferred);
        return backlog;
    }
}
