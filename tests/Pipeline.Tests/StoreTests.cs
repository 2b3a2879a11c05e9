using System.Security.Cryptography;
using Amazon.S3;
using Amazon.S3.Model;
using DipPipeline.Contracts.Results;
using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Pipeline.Tests;

/// <summary>The programs with pictures and results in S3, where nothing but the store is common to them.</summary>
public sealed class StoreTests(Servers servers)
{
    private const int Pictures = 8;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AnArchiveThatIsAPrefix_IsRestoredAndReported()
    {
        var server = await S3Server.GetAsync(isConditional: true);
        using var client = server.Client();
        var prefix = $"archive-{Guid.NewGuid():N}";
        await using var farm = await Farm.SharedAsync(servers.Broker);
        (string, string)[] store =
        [
            ("Storage__Inputs", $"s3://test/{prefix}/in"),
            ("Storage__Results", $"s3://test/{prefix}/out"),
            ("Storage__S3__Endpoint", server.Endpoint.ToString()),
        ];
        foreach (var name in (string[])["scans/box 1/a.png", "scans/box 1/б.png", "scans/c.png", "other/d.png"])
        {
            farm.Drop(name, name[^5], task: "drawn");
            await using var file = File.OpenRead(farm.InWatch($"drawn/{name}"));
            await client.PutObjectAsync(new PutObjectRequest { BucketName = S3Server.Bucket, Key = $"{prefix}/in/{name}", InputStream = file, UseChunkEncoding = false }, Now);
        }

        farm.StartWatcher(store);
        farm.StartHost("one", store);
        await farm.UntilAsync(_ => true, "the Watcher has made the tables");
        var run = farm.StartDipWith(store, "archive", "run", $"s3://test/{prefix}/in/scans", "--task", "nothing", "--preset", "once");
        Assert.True(await run.EndAsync(TimeSpan.FromSeconds(60)) == 0, run.ToString());

        await farm.UntilDoneAsync(3);
        await farm.UntilAsync(async () => (await farm.Catalogue.RunStatusAsync("scans", Now)).IsDone, "the run has ended");
        Assert.Equal(3, (await farm.Catalogue.RunStatusAsync("scans", Now)).Completed);
        Assert.Equal(
            ["nothing/scans/box 1/a.png", "nothing/scans/box 1/б.png", "nothing/scans/c.png"],
            (await server.KeysAsync($"{prefix}/out/nothing/")).Select(k => k[$"{prefix}/out/".Length..]).Where(k => k.EndsWith(".png", StringComparison.Ordinal) && !k.EndsWith(".curve.png", StringComparison.Ordinal)).Order(StringComparer.Ordinal));

        var report = farm.StartDipWith(store, "archive", "report", "scans", "--to", farm.Folder, "--out", $"s3://test/{prefix}/out");
        Assert.True(await report.EndAsync(TimeSpan.FromSeconds(60)) == 0, report.ToString());
        Assert.Contains("data:image/jpeg;base64,", await File.ReadAllTextAsync(Path.Join(farm.Folder, "scans.report.html"), Now), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task PicturesInAStore_AHostKilled_EachIsRestoredOnce(bool isConditional)
    {
        var server = await S3Server.GetAsync(isConditional);
        using var client = server.Client();
        var prefix = $"farm-{Guid.NewGuid():N}";
        await using var farm = await Farm.SharedAsync(servers.Broker);
        (string, string)[] store =
        [
            ("Storage__Inputs", $"s3://test/{prefix}/in"),
            ("Storage__Results", $"s3://test/{prefix}/out"),
            ("Storage__S3__Endpoint", server.Endpoint.ToString()),
            ("Watcher__PollingInterval", "00:00:00.5"),
        ];
        farm.Options("short", ("iterations", "5"), ("hold", farm.Hold()));
        await PutAsync("nothing/.dip.json");
        for (var n = 0; n < Pictures; n++)
        {
            farm.Drop($"album/{n}.png", n);
            await PutAsync($"nothing/album/{n}.png");
        }

        await File.WriteAllTextAsync(farm.Hold(), "", Now);
        farm.StartWatcher(store);
        var first = farm.StartHost("first", store);
        await farm.UntilAsync(() => Task.FromResult(File.Exists(farm.Hold() + ".held")), "the first Host is at work");
        await first.KillAsync();
        File.Delete(farm.Hold());
        farm.StartHost("second", store);
        farm.StartHost("third", store);
        var jobs = await farm.UntilDoneAsync(Pictures);

        foreach (var job in jobs)
        {
            Assert.Equal((job.Path, JobState.Completed, null), (job.Path, job.State, job.Reason));
            var files = new ResultFiles(job.Output);
            Assert.Equal(files.All.Select(f => $"{prefix}/out/{f}").Order(StringComparer.Ordinal), await server.KeysAsync($"{prefix}/out/{files.Stem}."));
            var metrics = RestorationMetrics.Parse(System.Text.Encoding.UTF8.GetString(await GetAsync($"out/{files.Metrics}")));
            Assert.Equal((Undisturbed.Sha256(farm.InWatch(job.Path)), Convert.ToHexStringLower(SHA256.HashData(await GetAsync($"out/{job.Output}")))), (metrics.Input.Sha256, metrics.Output.Sha256));
        }

        var attempts = await Task.WhenAll(jobs.Select(async j => (await farm.Catalogue.FindAsync(j.JobId, Now))!.Attempts));
        Assert.Equal(Pictures, attempts.Sum(a => a.Count(attempt => attempt.Outcome == AttemptOutcome.Completed)));
        Assert.Contains(attempts, a => a.Any(attempt => attempt.Outcome == AttemptOutcome.Lost));
        // Neither claims nor checkpoints, tiles or candidates are left.
        Assert.Empty(await server.KeysAsync($"{prefix}/out/.dip/"));
        Assert.False(Directory.Exists(farm.Result("")), "Something was written into a folder.");
        await farm.AssertNothingAsideAsync();

        async Task PutAsync(string name)
        {
            await using var file = File.OpenRead(farm.InWatch(name));
            await client.PutObjectAsync(new PutObjectRequest { BucketName = S3Server.Bucket, Key = $"{prefix}/in/{name}", InputStream = file, UseChunkEncoding = false }, Now);
        }

        async Task<byte[]> GetAsync(string name)
        {
            using var answer = await client.GetObjectAsync(S3Server.Bucket, $"{prefix}/{name}", Now);
            using var bytes = new MemoryStream();
            await answer.ResponseStream.CopyToAsync(bytes, Now);
            return bytes.ToArray();
        }
    }
}
