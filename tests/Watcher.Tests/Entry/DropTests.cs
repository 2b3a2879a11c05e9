using DipPipeline.Contracts.Results;
using DipPipeline.Jobs;

namespace DipPipeline.Watcher.Tests;

public sealed class DropTests
{
    [Fact]
    public async Task Drop_NameTooLongForItsResults_IsRejectedWithTheNumberOfBytes()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        var (longest, tooLong) = ($"denoise/{new string('я', 121)}a.png", $"denoise/{new string('я', 122)}.png");
        rig.Drop(longest);
        rig.Drop(tooLong);
        Assert.Equal(longest, (await rig.Bus.NextAsync()).Picture.Path);
        var job = await watcher.JobAsync(tooLong);
        Assert.Equal(JobState.Rejected, job.State);
        Assert.Contains("1 byte(s) too long", job.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Drop_Picture_IsPublishedWithAllThatAHostNeeds()
    {
        await using var rig = new WatcherRig();
        await rig.StartAsync();
        rig.Drop("repair/album/photo.mask.png", "mask");
        rig.Drop("repair/album/photo.options.json", """{"preset": "quick", "seed": 3, "options": {"rate": 0.5}}""");
        rig.Drop("repair/album/photo.jpg", "picture");
        var job = await rig.Bus.NextAsync();
        Assert.Equal(("repair", "1.0.0", "quick", 3L, 1), (job.Task, job.PluginVersion, job.Preset, job.Seed, job.Generation));
        Assert.Equal(("repair/album/photo.jpg", 7L), (job.Picture.Path, job.Picture.Length));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("picture"u8)), job.Picture.Sha256);
        Assert.Equal("repair/album/photo.mask.png", job.Companions["mask"].Path);
        Assert.Equal("repair/album/photo.jpg.png", job.Output);
        Assert.Equal(("100", "0.5"), (job.Options["iterations"], job.Options["rate"]));
    }

    [Fact]
    public async Task Drop_SlowlyInPieces_IsOneJobOfTheWhole()
    {
        await using var rig = new WatcherRig(("Watcher:StabilityWindow", "00:00:01"));
        await rig.StartAsync();
        Directory.CreateDirectory(rig.Files.At("watch/denoise"));
        await using (var file = new FileStream(rig.Files.At("watch/denoise/slow.png"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite))
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
            for (var piece = 0; piece < 15; piece++)
            {
                await file.WriteAsync(new byte[1000], TestContext.Current.CancellationToken);
                await file.FlushAsync(TestContext.Current.CancellationToken);
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }

        Assert.Equal(15_000, (await rig.Bus.NextAsync()).Picture.Length);
        Assert.Equal(1, rig.Bus.Sent);
    }

    [Fact]
    public async Task Drop_TwoHundredAtOnceAndARenamedFolder_AreAJobEach()
    {
        await using var rig = new WatcherRig(("Watcher:MinimumOutstanding", "1000"));
        var watcher = await rig.StartAsync();
        foreach (var i in Enumerable.Range(0, 200))
        {
            rig.Drop($"denoise/{i:000}.png");
        }

        var jobs = await rig.Bus.NextAsync(200);
        Assert.Equal(200, jobs.Select(j => j.JobId).Distinct().Count());

        foreach (var i in Enumerable.Range(0, 20))
        {
            rig.Files.Write($"elsewhere/deep/{i}.png", $"moved {i}");
        }

        Directory.Move(rig.Files.At("elsewhere"), rig.Files.At("watch/denoise/album"));
        Assert.All(await rig.Bus.NextAsync(20), j => Assert.StartsWith("denoise/album/deep/", j.Picture.Path, StringComparison.Ordinal));
        Assert.Equal(220, (await watcher.Catalogue.ListAsync(new(), TestContext.Current.CancellationToken)).Count);
    }

    [Fact]
    public async Task Drop_SameContentTwice_IsOneJobAndACopy()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/first.png", "same");
        var job = await rig.Bus.NextAsync();
        rig.Drop("denoise/album/снимок.jpg", "same");
        await WatcherRig.UntilAsync(async () => (await watcher.Catalogue.FindAsync(job.JobId, TestContext.Current.CancellationToken))!.Placements.Count == 2);
        await watcher.CompleteAsync(job);

        var metrics = rig.Result("denoise/album/снимок.jpg.json");
        await WatcherRig.UntilFileAsync(metrics);
        var copy = RestorationMetrics.Parse(await File.ReadAllTextAsync(metrics, TestContext.Current.CancellationToken));
        Assert.Equal(("denoise/first.png", "denoise/album/снимок.jpg", "denoise/album/снимок.jpg.png", 1), (copy.CopyOf, copy.Input.Path, copy.Output.Path, copy.Generation));
        foreach (var (original, other) in new ResultFiles("denoise/first.png").All.Zip(new ResultFiles("denoise/album/снимок.jpg.png").All).SkipLast(1))
        {
            Assert.Equal(await File.ReadAllBytesAsync(rig.Result(original), TestContext.Current.CancellationToken), await File.ReadAllBytesAsync(rig.Result(other), TestContext.Current.CancellationToken));
        }

        // The next thing published is the next picture: the copy was no job.
        rig.Drop("denoise/next.png");
        Assert.Equal("denoise/next.png", (await rig.Bus.NextAsync()).Picture.Path);
    }

    [Fact]
    public async Task Drop_SameFileAgainOrRenamed_IsNoJob()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png", "content");
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        rig.Drop("denoise/photo.png", "content");
        File.Move(rig.Files.At("watch/denoise/photo.png"), rig.Files.At("watch/denoise/renamed.png"));
        await WatcherRig.UntilFileAsync(rig.Result("denoise/renamed.json"));
        rig.Drop("denoise/next.png");
        Assert.Equal("denoise/next.png", (await rig.Bus.NextAsync()).Picture.Path);
    }

    [Fact]
    public async Task Drop_AThenBThenA_IsThreeGenerationsAndTheOlderJobIsCancelled()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png", "A");
        var a = await rig.Bus.NextAsync();
        rig.Drop("denoise/photo.png", "B");
        var b = await rig.Bus.NextAsync();
        Assert.Equal((1, 2), (a.Generation, b.Generation));
        Assert.Equal(a.JobId, (await rig.Bus.NextCancelAsync()).JobId);
        Assert.True(File.Exists(rig.Result($".dip/state/{a.JobId}/cancel.json")));

        rig.Drop("denoise/photo.png", "A");
        var again = await rig.Bus.NextAsync();
        Assert.Equal((a.JobId, 3), (again.JobId, again.Generation));
        Assert.Equal(b.JobId, (await rig.Bus.NextCancelAsync()).JobId);
        // The marker of its former life would stop it.
        Assert.False(File.Exists(rig.Result($".dip/state/{a.JobId}/cancel.json")));
        await watcher.CompleteAsync(again);
        Assert.Equal(JobState.Completed, (await watcher.Catalogue.FindAsync(a.JobId, TestContext.Current.CancellationToken))!.Summary.State);
    }

    [Fact]
    public async Task Drop_BadInput_IsRefusedBesideItsResultAndGoodOnesGoOn()
    {
        await using var rig = new WatcherRig(("Watcher:CompanionTimeout", "00:00:00"));
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/empty.png", "");
        rig.Drop("repair/lonely.jpg", "picture");
        rig.Drop("denoise/odd.options.json", """{"options": {"iterations": -1}}""");
        rig.Drop("denoise/odd.png");
        rig.Drop("denoise/good.png");
        Assert.Equal("denoise/good.png", (await rig.Bus.NextAsync()).Picture.Path);
        foreach (var (path, note, sentence) in ((string, string, string)[])
        [
            ("denoise/empty.png", "denoise/empty.error.json", "is empty"),
            ("repair/lonely.jpg", "repair/lonely.jpg.error.json", "has no mask"),
            ("denoise/odd.png", "denoise/odd.error.json", "accepted: a whole number from 1 to 10000"),
        ])
        {
            var job = await watcher.JobAsync(path);
            Assert.Equal(JobState.Rejected, job.State);
            Assert.Contains(sentence, job.Reason, StringComparison.Ordinal);
            await WatcherRig.UntilFileAsync(rig.Result(note));
            Assert.Contains("\"status\": \"rejected\"", await File.ReadAllTextAsync(rig.Result(note), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }

        // The mask comes after all.
        rig.Drop("repair/lonely.mask.png", "mask");
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        await WatcherRig.UntilFileAsync(rig.Result("repair/lonely.jpg.error.json"), isThere: false);
    }
}
