using System.Security.Cryptography;
using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Watcher.Tests;

public sealed partial class RunTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_EveryRow_IsHashedPublishedAndDone()
    {
        await using var rig = new WatcherRig();
        rig.Drop("scans/one.jpg");
        rig.Drop("scans/с пробелом.png");
        var watcher = await rig.StartAsync();
        await BeginAsync(watcher, Row(1, "scans/one.jpg", "out/one.png"), Row(2, "scans/с пробелом.png", "out/two.png"));

        // A row that was read a second later is entered later.
        var jobs = (await rig.Bus.NextAsync(2)).OrderBy(j => j.Output).ToArray();

        Assert.Equal([("scans/one.jpg", "out/one.png"), ("scans/с пробелом.png", "out/two.png")], jobs.Select(j => (j.Picture.Path, j.Output)));
        Assert.Equal((Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(rig.Files.At("watch/scans/one.jpg"), Cancellation))), "100"), (jobs[0].Picture.Sha256, jobs[0].Options["iterations"]));
        foreach (var job in jobs)
        {
            await watcher.CompleteAsync(job);
        }

        Assert.Equal(2, (await UntilDoneAsync(watcher)).Completed);
    }

    [Fact]
    public async Task Run_ManyRows_OnlySomeAreEnteredAhead_AndADroppedPictureGoesBeforeThem()
    {
        await using var rig = new WatcherRig(("Watcher:RowsAhead", "10"), ("Watcher:MinimumOutstanding", "2"));
        for (var n = 1; n <= 30; n++)
        {
            rig.Drop($"scans/{n}.png");
        }

        var watcher = await rig.StartAsync();
        await BeginAsync(watcher, [.. Enumerable.Range(1, 30).Select(n => Row(n, $"scans/{n}.png", $"out/{n}.png"))]);
        var outstanding = await rig.Bus.NextAsync(2);
        await WatcherRig.UntilAsync(async () => (await StatusAsync(watcher)) is { Pending: 20, Waiting: 8, Queued: 2 });

        rig.Drop("denoise/mine.png");
        await watcher.JobAsync("denoise/mine.png");
        await watcher.CompleteAsync(outstanding[0]);

        Assert.Equal("denoise/mine.png", (await rig.Bus.NextAsync()).Picture.Path);
    }

    [Fact]
    public async Task Run_TheWatcherIsStartedAgain_GoesOnAndEntersNothingTwice()
    {
        await using var rig = new WatcherRig(("Watcher:RowsAhead", "2"), ("Watcher:MinimumOutstanding", "1"), ("Messaging:RabbitMq", "amqp://somewhere"));
        for (var n = 1; n <= 4; n++)
        {
            rig.Drop($"scans/{n}.png");
        }

        var first = await rig.StartAsync();
        await BeginAsync(first, [.. Enumerable.Range(1, 4).Select(n => Row(n, $"scans/{n}.png", $"out/{n}.png"))]);
        List<RestoreImage> jobs = [await rig.Bus.NextAsync()];
        await WatcherRig.UntilAsync(async () => (await StatusAsync(first)).Pending == 2);
        await first.StopAsync();
        var second = await rig.StartAsync();
        await second.CompleteAsync(jobs[0]);
        for (var n = 1; n < 4; n++)
        {
            jobs.Add(await rig.Bus.NextAsync());
            await second.CompleteAsync(jobs[n]);
        }

        Assert.Equal(4, (await UntilDoneAsync(second)).Completed);
        Assert.Equal(["scans/1.png", "scans/2.png", "scans/3.png", "scans/4.png"], jobs.Select(j => j.Picture.Path).Order());
        Assert.Equal(4, rig.Bus.Sent);
    }

    [Fact]
    public async Task Run_PicturesThatCannotBe_AreRejectedWithTheirReasons_AndTakenAgainOnceTheyCan()
    {
        await using var rig = new WatcherRig();
        rig.Drop("scans/repair.png");
        rig.Files.Write("watch/scans/empty.png", "");
        var watcher = await rig.StartAsync();
        await BeginAsync(
            watcher, [new() { Number = 1, Task = "denoise" }, new() { Number = 2, Task = "repair" }, new() { Number = 3, Task = "dance" }],
            Row(1, "scans/gone.png", "out/1.png"), Row(2, "scans/empty.png", "out/2.png"), Row(3, "scans/repair.png", "out/3.png", settings: 2), Row(4, "scans/repair.png", "out/4.png", settings: 3));

        Assert.Equal(4, (await UntilDoneAsync(watcher)).Rejected);
        Assert.Equal(
            [
                $"'scans/gone.png' is not there; looked for as '{rig.Files.At("watch/scans/gone.png")}'.", "'scans/empty.png' is empty (0 bytes); accepted: a picture.",
                "'scans/repair.png' has no mask; put 'scans/repair.mask.png' beside it.", "There is no task 'dance' here; accepted: denoise, inpaint, repair, weigh.",
            ],
            (await RowsAsync(watcher)).Select(r => r.Reason));
        await WatcherRig.UntilFileAsync(rig.Result("out/1.error.json"));

        rig.Drop("scans/gone.png");
        rig.Drop("scans/repair.mask.png");
        await watcher.Catalogue.RetryRunAsync("scans", Cancellation);
        var jobs = (await rig.Bus.NextAsync(2)).OrderBy(j => j.Output).ToArray();

        Assert.Equal(["out/1.png", "out/3.png"], jobs.Select(j => j.Output));
        Assert.Equal("scans/repair.mask.png", jobs[1].Companions["mask"].Path);
    }

    [Fact]
    public async Task Run_AMaskOfItsOwn_IsTaken()
    {
        await using var rig = new WatcherRig();
        rig.Drop("scans/a.png");
        rig.Drop("masks/all.png");
        var watcher = await rig.StartAsync();
        await BeginAsync(watcher, [new() { Number = 1, Task = "repair" }], new ManifestRow(1, 1, "scans/a.png", "masks/all.png", "out/a.png", -10));

        Assert.Equal("masks/all.png", (await rig.Bus.NextAsync()).Companions["mask"].Path);
    }

    [Fact]
    public async Task Run_ItsFirstRowIsReadLast_IsEnteredFirstAllTheSame()
    {
        // With a clock that stands still, what was read waits until all is.
        var time = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using var rig = new WatcherRig(("Watcher:Readers", "2")) { Time = time };
        rig.Drop("scans/one.png");
        rig.Drop("scans/two.png");
        var watcher = await rig.StartAsync();
        using var begun = new ManualResetEventSlim();
        using var stands = new ManualResetEventSlim();
        using var second = new ManualResetEventSlim();
        rig.Inputs.Before = path =>
        {
            begun.Set();
            stands.Wait(Cancellation);
            if (path == "scans/two.png")
            {
                second.Set();
            }
            else
            {
                second.Wait(Cancellation);
                Thread.Sleep(100);
            }
        };
        await BeginAsync(watcher, Row(1, "scans/one.png", "out/one.png"), Row(2, "scans/two.png", "out/two.png"));
        while (!begun.IsSet)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(10, Cancellation);
        }

        // The last of the clock's steps may still be at work.
        await Task.Delay(200, Cancellation);
        stands.Set();

        Assert.Equal(["scans/one.png", "scans/two.png"], (await rig.Bus.NextAsync(2)).Select(j => j.Picture.Path));
    }

    [Fact]
    public async Task Run_APictureChangesBeforeItsJobIsDone_IsHashedAgain()
    {
        await using var rig = new WatcherRig();
        rig.Drop("scans/one.png", "first");
        var watcher = await rig.StartAsync();
        await BeginAsync(watcher, Row(1, "scans/one.png", "out/one.png"));
        var job = await rig.Bus.NextAsync();

        rig.Drop("scans/one.png", "second");
        await watcher.SayAsync(new SourceChanged(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, "scans/one.png", "ff"));
        var next = await rig.Bus.NextAsync();
        await watcher.CompleteAsync(next);

        Assert.NotEqual(job.JobId, next.JobId);
        Assert.Equal(1, (await UntilDoneAsync(watcher)).Completed);
    }

    [Fact]
    public async Task Run_ALinkThatLeadsOutOfTheInputs_IsRejected()
    {
        await using var rig = new WatcherRig();
        rig.Drop("scans/other.png");
        File.CreateSymbolicLink(rig.Files.At("watch/scans/link.png"), rig.Files.Write("secret.png", "secret"));
        var watcher = await rig.StartAsync();
        await BeginAsync(watcher, Row(1, "scans/link.png", "out/link.png"));

        Assert.Equal(1, (await UntilDoneAsync(watcher)).Rejected);
        Assert.Contains("link.png", Assert.Single(await RowsAsync(watcher)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_IdenticalPictures_AreOneJobAndACopy()
    {
        await using var rig = new WatcherRig();
        rig.Drop("scans/a.png", "same");
        rig.Drop("scans/b.png", "same");
        var watcher = await rig.StartAsync();
        await BeginAsync(watcher, Row(1, "scans/a.png", "out/a.png"), Row(2, "scans/b.png", "out/b.png"));

        await watcher.CompleteAsync(await rig.Bus.NextAsync());

        Assert.Equal(2, (await UntilDoneAsync(watcher)).Completed);
        Assert.True(File.Exists(rig.Result("out/b.json")));
        Assert.Equal(1, rig.Bus.Sent);
    }

    private static ManifestRow Row(int number, string path, string output, int settings = 1) => new(number, settings, path, null, output, -10);

    private static Task BeginAsync(WatcherRig.RunningWatcher watcher, params ManifestRow[] rows) =>
        BeginAsync(watcher, [new() { Number = 1, Task = "denoise", Options = new Dictionary<string, string> { ["iterations"] = "100" } }], rows);

    private static async Task BeginAsync(WatcherRig.RunningWatcher watcher, RowSettings[] settings, params ManifestRow[] rows)
    {
        var run = (await watcher.Catalogue.OpenRunAsync("scans", "fingerprint", "scans.csv", Cancellation)).Run;
        await watcher.Catalogue.AddRowsAsync(run, settings, rows, Cancellation);
        await watcher.Catalogue.RowsAddedAsync(run, Cancellation);
    }

    private static Task<RunStatus> StatusAsync(WatcherRig.RunningWatcher watcher) => watcher.Catalogue.RunStatusAsync("scans", Cancellation);

    private static async Task<RunStatus> UntilDoneAsync(WatcherRig.RunningWatcher watcher)
    {
        await WatcherRig.UntilAsync(async () => (await StatusAsync(watcher)).IsDone);
        return await StatusAsync(watcher);
    }

    private static async Task<IReadOnlyList<RunRowDetail>> RowsAsync(WatcherRig.RunningWatcher watcher)
    {
        List<RunRowDetail> rows = [];
        await foreach (var row in watcher.Catalogue.RunRowsAsync("scans", Cancellation))
        {
            rows.Add(row);
        }

        return rows;
    }
}
