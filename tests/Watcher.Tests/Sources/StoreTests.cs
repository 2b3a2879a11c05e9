using System.Security.Cryptography;
using System.Text;
using Amazon.S3;
using Amazon.S3.Model;
using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs;
using DipPipeline.Storage;
using DipPipeline.Tests;
using DipPipeline.Tests.Servers;
using JobState = DipPipeline.Jobs.JobState;

namespace DipPipeline.Watcher.Tests;

/// <summary>Watched prefixes of a real S3 server.</summary>
public sealed class StoreTests : IAsyncLifetime
{
    private readonly string _prefix = $"watch-{Guid.NewGuid():N}";
    private S3Server _server = null!;
    private AmazonS3Client _client = null!;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await S3Server.GetAsync(isConditional: true);
        _client = _server.Client();
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Put_Picture_IsPublishedWithAllThatAHostNeeds()
    {
        await using var rig = Rig();
        await rig.StartAsync();
        await PutAsync("in/repair/.dip.json", """{"seed": 3}""");
        await PutAsync("in/repair/album 1/фото.mask.png", "mask");
        await PutAsync("in/repair/album 1/фото.options.json", """{"preset": "quick", "options": {"rate": 0.5}}""");
        await PutAsync("in/repair/album 1/.hidden.jpg", "hidden");
        await PutAsync("in/repair/album 1/фото.jpg", "picture");
        await PutAsync("in/repair/album 1/", "");

        var job = await rig.Bus.NextAsync();
        Assert.Equal(("repair", "1.0.0", "quick", 3L, 1), (job.Task, job.PluginVersion, job.Preset, job.Seed, job.Generation));
        Assert.Equal(("repair/album 1/фото.jpg", 7L, Hash("picture")), (job.Picture.Path, job.Picture.Length, job.Picture.Sha256));
        Assert.Equal(("repair/album 1/фото.mask.png", Hash("mask")), (job.Companions["mask"].Path, job.Companions["mask"].Sha256));
        Assert.Equal("repair/album 1/фото.jpg.png", job.Output);
        Assert.Equal(("100", "0.5"), (job.Options["iterations"], job.Options["rate"]));
        Assert.Equal(1, rig.Bus.Sent);
    }

    [Fact]
    public async Task Put_TheSameBytesAgain_IsNoWork_AndOthersAreANewJob()
    {
        await using var rig = Rig();
        var watcher = await rig.StartAsync();
        await PutAsync("in/denoise/photo.png", "one");
        var first = await rig.Bus.NextAsync();
        await watcher.CompleteAsync(first);

        // Another time, the same version: it is not even read.
        await PutAsync("in/denoise/photo.png", "one");
        await PutAsync("in/denoise/other.png", "other");
        Assert.Equal("denoise/other.png", (await rig.Bus.NextAsync()).Picture.Path);

        await PutAsync("in/denoise/photo.png", "two");
        var second = await rig.Bus.NextAsync();
        Assert.Equal(("denoise/photo.png", Hash("two"), 2), (second.Picture.Path, second.Picture.Sha256, second.Generation));
        Assert.NotEqual(first.JobId, second.JobId);
    }

    [Fact]
    public async Task Put_TheSameContentUnderAnotherName_IsTheSameJob()
    {
        await using var rig = Rig();
        await rig.StartAsync();
        await PutAsync("in/denoise/photo.png", "content");
        var first = await rig.Bus.NextAsync();
        await PutAsync("in/denoise/album/copy.png", "content");
        await PutAsync("in/denoise/other.png", "other");
        Assert.Equal("denoise/other.png", (await rig.Bus.NextAsync()).Picture.Path);
        Assert.Equal(Hash("content"), first.Picture.Sha256);
        Assert.Equal(2, rig.Bus.Sent);
    }

    [Fact]
    public async Task Put_WithoutItsMask_WaitsForIt_AndAnEmptyOneIsRejected()
    {
        await using var rig = Rig();
        var watcher = await rig.StartAsync();
        await PutAsync("in/inpaint/photo.png", Png(hasAlpha: false));
        await PutAsync("in/inpaint/clear.png", Png(hasAlpha: true));
        await PutAsync("in/denoise/empty.png", "");
        Assert.Equal("inpaint/clear.png", (await rig.Bus.NextAsync()).Picture.Path);
        var empty = await watcher.JobAsync("denoise/empty.png");
        Assert.Equal((JobState.Rejected, "'denoise/empty.png' is empty (0 bytes); accepted: a picture."), (empty.State, empty.Reason));
        // The reason stands beside where its result would be, in the store.
        await WatcherRig.UntilAsync(async () => (await _server.KeysAsync($"{_prefix}/out/denoise")).Contains($"{_prefix}/out/denoise/empty.error.json"));

        await PutAsync("in/inpaint/photo.mask.png", "mask");
        var job = await rig.Bus.NextAsync();
        Assert.Equal(("inpaint/photo.png", "inpaint/photo.mask.png"), (job.Picture.Path, job.Companions["mask"].Path));
    }

    [Fact]
    public async Task Start_Again_ReadsNothingThatIsKnown()
    {
        await using var rig = Rig();
        var watcher = await rig.StartAsync();
        await PutAsync("in/denoise/photo.png", "one");
        var job = await rig.Bus.NextAsync();
        await watcher.CompleteAsync(job);
        await watcher.StopAsync();
        await PutAsync("in/denoise/new.png", "new");
        var again = await rig.StartAsync();
        Assert.Equal("denoise/new.png", (await rig.Bus.NextAsync()).Picture.Path);
        Assert.Equal(JobState.Completed, await again.StateAsync("denoise/photo.png"));
        Assert.Equal(2, rig.Bus.Sent);
    }

    [Fact]
    public async Task Submit_APictureOfTheStore_IsEntered_AndOneThatIsNotThereRefused()
    {
        await using var rig = Rig();
        var watcher = await rig.StartAsync();
        await PutAsync("in/elsewhere/photo.png", "submitted");
        await watcher.HandleAsync(new SubmitRestoration { Paths = ["elsewhere/photo.png", "elsewhere/none.png"], Task = "denoise", Priority = 7 });
        var job = await rig.Bus.NextAsync();
        Assert.Equal(("elsewhere/photo.png", "denoise/elsewhere/photo.png"), (job.Picture.Path, job.Output));
        var none = await watcher.JobAsync("elsewhere/none.png");
        Assert.Equal($"'elsewhere/none.png' is not in 's3://test/{_prefix}/in'.", none.Reason);
    }

    [Theory]
    // It is found, and then its folder cannot be listed, or the options above it not be looked for, or it cannot be read.
    [InlineData("elsewhere", 1)]
    [InlineData("elsewhere/.dip.json", 1)]
    [InlineData(".dip.json", 1)]
    [InlineData("elsewhere/photo.png", 1)]
    [InlineData("elsewhere/photo.png", 2)]
    [InlineData("elsewhere/photo.png", 3)]
    public async Task Submit_TheStoreGoesAwayMeanwhile_WaitsForItAndIsNotRefused(string at, int time)
    {
        await using var rig = Rig();
        var watcher = await rig.StartAsync();
        await PutAsync("in/elsewhere/.dip.json", """{"options": {"iterations": 77}}""");
        await PutAsync("in/elsewhere/photo.png", "submitted");
        await PutAsync("in/other/photo.png", "another");
        var (times, isAway) = (0, true);
        rig.Inputs.Before = path => _ = path == at && Interlocked.Increment(ref times) >= time && isAway ? throw new StorageUnavailableException(path, new IOException("It is away.")) : path;

        await watcher.HandleAsync(new SubmitRestoration { Paths = ["elsewhere/photo.png"], Task = "denoise" });
        await watcher.HandleAsync(new SubmitRestoration { Paths = ["other/photo.png"], Task = "denoise" });
        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Any(l => l.Contains("is put off", StringComparison.Ordinal))));
        // Whoever needs nothing that is away does not wait.
        var others = at == ".dip.json" ? 0 : 1;
        Assert.All(await rig.Bus.NextAsync(others), job => Assert.Equal("other/photo.png", job.Picture.Path));
        Assert.Null(await watcher.StateAsync("elsewhere/photo.png"));
        isAway = false;

        var jobs = await rig.Bus.NextAsync(2 - others);
        Assert.Equal("77", jobs.Single(j => j.Picture.Path == "elsewhere/photo.png").Options["iterations"]);
        Assert.Empty(await watcher.Catalogue.ListAsync(new() { States = [JobState.Rejected] }, Now));
    }

    [Fact]
    public void Everything_TheStoreGoesAway_EndsTheWalk()
    {
        using var bench = new WatchedBench();
        foreach (var folder in (string[])["a", "b", "c"])
        {
            bench.Old($"{folder}/photo.png");
        }

        var (asked, beats) = (new List<string>(), 0);
        var store = new HookedStore(new LocalArtifactStore(bench.At("..")))
        {
            Before = path =>
            {
                asked.Add(path);
                // The top is listed, and nothing after it.
                _ = path.StartsWith("pictures/", StringComparison.Ordinal) || (path == "pictures" && asked.Count(p => p == path) > 1) ? throw new StorageUnavailableException(path, new IOException("It is away.")) : path;
            },
        };
        var examination = new FolderExamination(bench.Folder, new StoreTree(store, Now), bench.Sources, bench.Hints, bench.Time, bench.Log, () => beats++);

        Assert.Empty(examination.Everything());
        // The top is asked once more: whether it was but that folder.
        Assert.Equal((3, 2), (asked.Count, beats));
        Assert.Empty(examination.Hinted(new() { ["a"] = null, ["b"] = ["photo.png"], ["c"] = ["photo.png"] }));
        Assert.Equal(5, asked.Count);

        store.Before = null;
        Assert.Equal(3, examination.Everything().Count());
    }

    [Fact]
    public void Everything_OneFolderCanNeverBeListed_TheOthersAreLookedThrough()
    {
        using var bench = new WatchedBench();
        foreach (var folder in (string[])["a", "b", "c"])
        {
            bench.Old($"{folder}/photo.png");
        }

        var store = new HookedStore(new LocalArtifactStore(bench.At("..")))
        {
            Before = path => _ = path == "pictures/b" ? throw new StorageUnavailableException(path, new IOException("Its index is broken.")) : path,
        };
        var examination = new FolderExamination(bench.Folder, new StoreTree(store, Now), bench.Sources, bench.Hints, bench.Time, bench.Log, () => { });

        Assert.Equal(["a/photo.png", "c/photo.png"], examination.Everything().Select(l => l.Picture.Path["pictures/".Length..]).Order());
    }

    [Fact]
    public async Task Put_WhileTheStoreIsAway_IsTakenWhenItIsBack_AndNothingIsRejected()
    {
        await using var proxy = new TcpProxy(_server.Port);
        await using var rig = Rig();
        rig.Set("Storage:S3:Endpoint", S3Server.EndpointAt(proxy.Port).ToString());
        var watcher = await rig.StartAsync();
        await PutAsync("in/denoise/before.png", "before");
        Assert.Equal("denoise/before.png", (await rig.Bus.NextAsync()).Picture.Path);
        proxy.Cut();
        await PutAsync("in/denoise/meanwhile.png", "meanwhile");
        await WatcherRig.UntilAsync(() => Task.FromResult(rig.Log.Lines.Any(l => l.Contains("is gone", StringComparison.Ordinal))));
        proxy.Mend();
        Assert.Equal([], rig.Log.Lines.Where(l => l.Contains("leading", StringComparison.Ordinal)));
        // The other one may be sent once more: messages come at least once.
        while ((await rig.Bus.NextAsync()).Picture.Path != "denoise/meanwhile.png")
        {
            continue;
        }

        Assert.Equal(JobState.Queued, await watcher.StateAsync("denoise/before.png"));
        Assert.Empty(await _server.KeysAsync($"{_prefix}/out/denoise"));
    }

    [Theory]
    [InlineData("denoise")]
    [InlineData("denoise/photo.png")]
    [InlineData("denoise/.dip.json")]
    public async Task Stop_TheServerIsSilent_DoesNotWaitForIt(string at)
    {
        await using var proxy = new TcpProxy(_server.Port);
        await using var rig = Rig();
        rig.Set("Storage:S3:Endpoint", S3Server.EndpointAt(proxy.Port).ToString());
        await PutAsync("in/denoise/.dip.json", "{}");
        var watcher = await rig.StartAsync();
        var silent = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        rig.Inputs.Before = path =>
        {
            if (path == at)
            {
                proxy.Freeze();
                silent.TrySetResult();
            }
        };
        await PutAsync("in/denoise/photo.png", "picture");
        await silent.Task.WaitAsync(TimeSpan.FromSeconds(30), Now);

        // A request is given up after 30 s, and then tried again.
        await watcher.StopAsync().WaitAsync(TimeSpan.FromSeconds(15), Now);
    }

    [Theory]
    [InlineData("one", "one", 60, true)]
    [InlineData("one", "two", 0, false)]
    [InlineData(null, null, 60, false)]
    public void Mark_GoesByTheVersion_AndByTheTimeWhereThereIsNone(string? first, string? second, int seconds, bool isTheSame)
    {
        var (store, time) = (new DipPipeline.Storage.LocalArtifactStore(AppContext.BaseDirectory), DateTimeOffset.UnixEpoch);
        var (one, other) = (StoredFile.Of(store, new("a.png", 3, time, first), Now), StoredFile.Of(store, new("a.png", 3, time.AddSeconds(seconds), second), Now));
        Assert.Equal(isTheSame, Fingerprint.Of(0, one, []) == Fingerprint.Of(0, other, []));
    }

    private WatcherRig Rig() => new(
        ("Storage:Inputs", $"s3://test/{_prefix}/in"),
        ("Storage:Results", $"s3://test/{_prefix}/out"),
        ("Storage:S3:Endpoint", _server.Endpoint.ToString()),
        ("Watcher:PollingInterval", "00:00:00.200"),
        // What holds for folders alone.
        ("Watcher:StabilityWindow", "01:00:00"),
        ("Watcher:RescanInterval", "01:00:00"));

    private async Task PutAsync(string key, string content) => await PutAsync(key, Encoding.UTF8.GetBytes(content));

    private async Task PutAsync(string key, byte[] content)
    {
        using var bytes = new MemoryStream(content);
        await _client.PutObjectAsync(new PutObjectRequest { BucketName = S3Server.Bucket, Key = $"{_prefix}/{key}", InputStream = bytes, UseChunkEncoding = false }, Now);
    }

    private static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    // As far as its colour type.
    private static byte[] Png(bool hasAlpha) =>
        [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10, 0, 0, 0, 13, .. "IHDR"u8, 0, 0, 0, 8, 0, 0, 0, 8, 8, (byte)(hasAlpha ? 6 : 2), 0, 0, 0, 0, 0, 0, 0];
}
