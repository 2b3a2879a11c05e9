using DipPipeline.Contracts.Messages;
using DipPipeline.Contracts.Results;

namespace DipPipeline.Watcher.Tests;

public sealed class CopyTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("denoise/first.json")]
    [InlineData("denoise/first.curve.png")]
    [InlineData("denoise/first.png")]
    public async Task Copy_OriginalGone_IsDoneAgainForTheOther(string part)
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/first.png", "same");
        var job = await rig.Bus.NextAsync();
        await watcher.CompleteAsync(job);
        File.Delete(rig.Result(part));
        rig.Drop("denoise/second.png", "same");
        var again = await rig.Bus.NextAsync();
        Assert.Equal((job.JobId, "denoise/second.png"), (again.JobId, again.Output));
        await watcher.CompleteAsync(again);
        Assert.True(File.Exists(rig.Result("denoise/second.json")));
    }

    [Fact]
    public async Task Copy_OriginalOfOtherContent_IsDoneAgain()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/first.png", "same");
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        await File.WriteAllTextAsync(rig.Result("denoise/first.png"), "retouched", TestContext.Current.CancellationToken);
        rig.Drop("denoise/second.png", "same");
        Assert.Equal("denoise/second.png", (await rig.Bus.NextAsync()).Output);
        Assert.False(File.Exists(rig.Result("denoise/second.png")));
    }

    [Fact]
    public async Task Copy_ThatCannotBeMadeNow_KeepsNoOtherWaiting()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/first.png", "same");
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        Directory.CreateDirectory(rig.Result("denoise/blocked.png"));
        rig.Drop("denoise/blocked.png", "same");
        rig.Drop("denoise/second.png", "same");
        await WatcherRig.UntilFileAsync(rig.Result("denoise/second.json"));
        Assert.False(File.Exists(rig.Result("denoise/blocked.json")));
        Directory.Delete(rig.Result("denoise/blocked.png"));
        await WatcherRig.UntilFileAsync(rig.Result("denoise/blocked.json"));
    }

    [Fact]
    public async Task Copy_NewerResultThere_Stays()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/first.png", "same");
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        var newer = RestorationMetrics.Parse(await File.ReadAllTextAsync(rig.Result("denoise/first.json"), TestContext.Current.CancellationToken)) with { Generation = 9 };
        rig.Files.Write("restored/denoise/second.json", newer.ToJson());
        rig.Files.Write("restored/denoise/second.png", "newer");
        rig.Drop("denoise/second.png", "same");
        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Any(l => l.Contains("it stays", StringComparison.Ordinal))));
        Assert.Equal("newer", await File.ReadAllTextAsync(rig.Result("denoise/second.png"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("denoise/second.png")]
    [InlineData("denoise/second.curve.png")]
    [InlineData("denoise/second.preview.jpg")]
    [InlineData("denoise/second.json")]
    public async Task Copy_HeldUpUntilANewerJobHasWrittenItsFiles_LeavesThemAlone(string held)
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/first.png", "same");
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        using var reached = new SemaphoreSlim(0);
        using var goOn = new SemaphoreSlim(0);
        rig.Results.Naming = path =>
        {
            if (path == held)
            {
                rig.Results.Naming = null;
                reached.Release();
                Assert.True(goOn.Wait(s_patience));
            }
        };
        Dictionary<string, byte[]> before;
        try
        {
            rig.Drop("denoise/second.png", "same");
            Assert.True(await reached.WaitAsync(s_patience, TestContext.Current.CancellationToken));

            rig.Drop("denoise/second.png", "other");
            await watcher.CompleteAsync(await rig.Bus.NextAsync());
            before = Directory.GetFiles(rig.Result("denoise"), "second*").ToDictionary(f => f, File.ReadAllBytes);
        }
        finally
        {
            goOn.Release();
        }

        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Any(l => l.Contains("that copy is not made", StringComparison.Ordinal))));
        Assert.Equal(4, before.Count);
        Assert.Equal(before, Directory.GetFiles(rig.Result("denoise"), "second*").Where(f => !f.Contains(".dip-", StringComparison.Ordinal)).ToDictionary(f => f, File.ReadAllBytes));
    }

    [Fact]
    public async Task Copy_AfterAFailure_LeavesNoNote()
    {
        await using var rig = new WatcherRig();
        var watcher = await rig.StartAsync();
        rig.Drop("denoise/first.png", "same");
        var job = await rig.Bus.NextAsync();
        await watcher.SayAsync(new RestorationFailed(job.JobId, 1, "host", DateTimeOffset.UtcNow, "It crashed.", []));
        await WatcherRig.UntilFileAsync(rig.Result("denoise/first.error.json"));
        await watcher.Catalogue.RetryAsync([job.JobId], TestContext.Current.CancellationToken);
        await watcher.CompleteAsync(await rig.Bus.NextAsync());
        await WatcherRig.UntilFileAsync(rig.Result("denoise/first.error.json"), isThere: false);
    }
}
