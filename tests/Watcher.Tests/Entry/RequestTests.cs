using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using Microsoft.Extensions.DependencyInjection;

namespace DipPipeline.Watcher.Tests;

public sealed class RequestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cancel_RunningJob_IsMarkedInStorageThenTold()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        var job = await rig.Bus.NextAsync();
        await watcher.Catalogue.CancelAsync([job.JobId], Cancellation);
        Assert.Equal(new CancelRestoration(job.JobId, 1), await rig.Bus.NextCancelAsync());
        Assert.Contains("Cancelled on request.", await File.ReadAllTextAsync(rig.Result($".dip/state/{job.JobId}/cancel.json"), Cancellation), StringComparison.Ordinal);
        await WatcherRig.UntilAsync(async () => (await watcher.Catalogue.CancelRequestsAsync(Cancellation)).Count == 0);

        // A retry clears the marker before it publishes.
        await watcher.SayAsync(new RestorationCancelled(job.JobId, 1, "host", DateTimeOffset.UtcNow, "Cancelled."));
        await watcher.Catalogue.RetryAsync([job.JobId], Cancellation);
        Assert.Equal((job.JobId, 2), ((await rig.Bus.NextAsync()) is var again ? (again.JobId, again.Generation) : default));
        Assert.False(Directory.Exists(rig.Result($".dip/state/{job.JobId}")));
    }

    [Fact]
    public async Task Retry_RefusedPicture_IsLookedAtAgain()
    {
        await using var rig = new WatcherRig(("Watcher:CompanionTimeout", "00:00:00"));
        var watcher = await rig.StartAsync();
        rig.Drop("repair/photo.png");
        var job = await watcher.JobAsync("repair/photo.png");
        Assert.Equal(JobState.Rejected, job.State);
        await watcher.Catalogue.RetryAsync([job.JobId], Cancellation);
        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Count(l => l.Contains("repair/photo.png is refused", StringComparison.Ordinal)) == 2));
    }

    [Fact]
    public async Task SourceChanged_TheSameAfterAll_ComesAgainAfterADelayAsTheSameGeneration()
    {
        // Longer than the catalogue goes unasked for what is due.
        var delay = TimeSpan.FromSeconds(3);
        await using var rig = new WatcherRig(("Jobs:FirstDeferral", $"{delay}"));
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png", "one");
        var job = await rig.Bus.NextAsync();
        var said = DateTimeOffset.UtcNow;
        await watcher.SayAsync(new SourceChanged(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, "denoise/photo.png", null));
        var again = await rig.Bus.NextAsync();
        Assert.InRange(DateTimeOffset.UtcNow - said, delay, TimeSpan.MaxValue);
        Assert.Equal((job.JobId, job.Generation), (again.JobId, again.Generation));
    }

    [Fact]
    public async Task SourceChanged_OtherBytes_IsEnteredAnew()
    {
        await using var rig = new WatcherRig(("Jobs:FirstDeferral", "00:01:00"));
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png", "one");
        var job = await rig.Bus.NextAsync();
        await watcher.SayAsync(new SourceChanged(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, "denoise/photo.png", "ab"));
        await WatcherRig.UntilAsync(async () => await watcher.JobAsync("denoise/photo.png") is
            { State: JobState.Waiting, DueAt: not null, Reason: "'denoise/photo.png' holds other content than when it was entered." });
        Assert.Equal(1, rig.Bus.Sent);
        rig.Drop("denoise/photo.png", "another");
        var other = await rig.Bus.NextAsync();
        Assert.NotEqual(job.JobId, other.JobId);
        Assert.Equal(2, other.Generation);
    }

    [Fact]
    public async Task Fail_Job_IsNotedBesideItsResult()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.jpg");
        var job = await rig.Bus.NextAsync();
        await watcher.SayAsync(new RestorationFailed(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, "It crashed three times.", []));
        await WatcherRig.UntilFileAsync(rig.Result("denoise/photo.jpg.error.json"));
        Assert.Contains("\"reason\": \"It crashed three times.\"", await File.ReadAllTextAsync(rig.Result("denoise/photo.jpg.error.json"), Cancellation), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Progress_Running_IsInTheCatalogueSoon()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.png");
        var job = await rig.Bus.NextAsync();
        await watcher.SayAsync(new RestorationStarted(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, 0, 1));
        await watcher.HandleAsync(new RestorationProgressed(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, 0, 7, 100, 1, 93, 0.5));
        await WatcherRig.UntilAsync(async () => (await watcher.JobAsync("denoise/photo.png")).Progress?.Iteration == 7);
    }

    [Fact]
    public async Task Progress_WhileStandingBy_IsNotKept()
    {
        await using var rig = new WatcherRig();
        var leader = await rig.StartAsync();
        var standby = await rig.StartAsync(leads: false);
        rig.Drop("denoise/photo.png");
        var job = await rig.Bus.NextAsync();
        await leader.SayAsync(new RestorationStarted(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, 0, 1));
        await standby.HandleAsync(new RestorationProgressed(job.JobId, job.Generation, "host", DateTimeOffset.UtcNow, 0, 7, 100, 1, 93, 0.5));
        await standby.Host.Services.GetRequiredService<LatestProgress>().WriteAsync(standby.Catalogue, Cancellation);
        Assert.Null((await leader.JobAsync("denoise/photo.png")).Progress);
    }

    [Fact]
    public async Task Submit_InAWatchedFolderOfTheTask_IsThatFoldersPicture()
    {
        await using var rig = new WatcherRig(("Watcher:RescanInterval", "00:00:01"));
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/photo.jpg");
        var found = await rig.Bus.NextAsync();
        await watcher.HandleAsync(new SubmitRestoration { Paths = ["denoise/photo.jpg"], Task = "denoise", Preset = "quick", Seed = 4, Priority = 2 });
        var submitted = await rig.Bus.NextAsync();
        Assert.Equal((found.Output, 2, "quick", 4L), (submitted.Output, submitted.Generation, submitted.Preset, submitted.Seed));
        // A rescan leaves it at that.
        rig.Drop("denoise/next.png");
        Assert.Equal("denoise/next.png", (await rig.Bus.NextAsync()).Picture.Path);
        Assert.Equal(3, rig.Bus.Sent);
    }

    [Fact]
    public async Task Submit_Elsewhere_HasAPlaceOfItsOwnForEachTask()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("inbox/photo.png");
        rig.Drop("inbox/photo.mask.png");
        await watcher.Catalogue.SubmitAsync(new SubmitRestoration { Paths = ["inbox/photo.png"], Task = "denoise" }, Cancellation);
        await watcher.Catalogue.SubmitAsync(new SubmitRestoration { Paths = ["inbox/photo.png"], Task = "repair", Options = new Dictionary<string, string> { ["rate"] = "0.7" } }, Cancellation);
        var jobs = (await rig.Bus.NextAsync(2)).OrderBy(j => j.Task).ToArray();
        Assert.Equal(["denoise/inbox/photo.png", "repair/inbox/photo.png"], jobs.Select(j => j.Output));
        Assert.Equal(["inbox/photo.mask.png"], jobs[1].Companions.Values.Select(c => c.Path));

        // What was said is remembered with the job.
        await watcher.SayAsync(new SourceChanged(jobs[1].JobId, jobs[1].Generation, "host", DateTimeOffset.UtcNow, "inbox/photo.png", "ab"));
        Assert.Equal("0.7", (await rig.Bus.NextAsync()).Options["rate"]);
    }

    [Theory]
    [InlineData("denoise", "../secret.png", "is not one within the storage")]
    [InlineData("denoise", "nothing.png", "is not in")]
    [InlineData("denoise", "inbox", "is a folder")]
    [InlineData("denoise", "inbox/link.png", "leads out of")]
    [InlineData("denoize", "inbox/photo.png", "accepted: denoise, inpaint, repair, weigh")]
    [InlineData("repair", "inbox/photo.png", "has no mask")]
    [InlineData("denoise", "inbox/.hidden.png", "neither hidden nor unfinished")]
    public async Task Submit_What_CannotBe_IsARejectedJobWithItsSentence(string task, string path, string sentence)
    {
        await using var rig = new WatcherRig();
        rig.Drop("inbox/photo.png");
        rig.Drop("inbox/.hidden.png");
        rig.Files.Write("secret.png", "secret");
        File.CreateSymbolicLink(rig.Files.At("watch/inbox/link.png"), rig.Files.At("secret.png"));
        var watcher = await rig.StartAsync();
        await watcher.HandleAsync(new SubmitRestoration { Paths = [path], Task = task });
        var job = await watcher.JobAsync(path);
        Assert.Equal(JobState.Rejected, job.State);
        Assert.Contains(sentence, job.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_BadOptions_NamesTheSubmission()
    {
        await using var rig = new WatcherRig();
        rig.Drop("inbox/photo.png");
        var watcher = await rig.StartAsync();
        await watcher.HandleAsync(new SubmitRestoration { Paths = ["inbox/photo.png"], Task = "denoise", Options = new Dictionary<string, string> { ["iterations"] = "0" } });
        Assert.StartsWith("'the submission': Option 'iterations' is '0'", (await watcher.JobAsync("inbox/photo.png")).Reason, StringComparison.Ordinal);
    }
}
