using System.Text.Json;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Deployment.Tests.Containers;

/// <summary>The published programs under the restrictions of their containers.</summary>
public sealed class ContainerTests(ITestOutputHelper output)
{
    private const int Pictures = 20;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TwentyPictures_AreRestored_AndEveryProgramEndsInTimeOnSigterm(bool isOnS3)
    {
        await using var farm = await ComposedFarm.StartAsync(isOnS3);
        for (var i = 0; i < Pictures; i++)
        {
            await farm.DropAsync($"nothing/album {i % 3}/снимок {i}.bmp", Bitmap.Draw(i));
        }

        await farm.DropAsync("scans/of an archive.bmp", Bitmap.Draw(Pictures));
        await File.WriteAllTextAsync(Path.Join(farm.Folder, "watch/scans.csv"), "path\nscans/of an archive.bmp\n", TestContext.Current.CancellationToken);
        await farm.OwnAsync();
        var (watcherPort, hostPort) = (FreePort.Next(), FreePort.Next());
        var watcher = farm.Start("watcher", "Watcher", watcherPort);
        await farm.UntilAsync(async () => await BacklogAsync(farm, watcherPort, "total") == Pictures, "the backlog is all pictures, with no Host there");
        var host = farm.Start("host", "Host", hostPort);
        await farm.UntilAsync(async () => await DoneAsync(farm) == Pictures, "all are restored");
        await farm.UntilAsync(async () => await BacklogAsync(farm, watcherPort, "total") == 0, "the backlog is empty");
        Assert.True((await TellAsync(farm, watcherPort)).GetProperty("secondsPerJob").GetDouble() > 0);

        // As docker compose run does.
        var dip = farm.Start("dip", "Cli", FreePort.Next(), "archive", "run", "/data/watch/scans.csv", "--task", "nothing");
        Assert.True(await dip.EndAsync(TimeSpan.FromMinutes(1)) == 0, dip.ToString());
        await farm.UntilAsync(async () => await DoneAsync(farm) == Pictures + 1, "the archive is restored, too");

        // As the images' health checks ask.
        await farm.UntilAsync(async () => await farm.AskAsync(hostPort, "/health/ready") is not null, "the Host is ready");
        Assert.Equal(0, await farm.Start("watcher", "Watcher", watcherPort, "--health").EndAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(0, await farm.Start("host", "Host", hostPort, "--health").EndAsync(TimeSpan.FromMinutes(1)));

        foreach (var (name, program) in ((string, Sandbox)[])[("host", host), ("watcher", watcher)])
        {
            var (code, took) = await program.StopAsync();
            output.WriteLine($"{name} ended with {code} after {took.TotalSeconds:F1} s of {farm.Grace(name).TotalSeconds:F0} s");
            Assert.True(code == 0, program.ToString());
            Assert.InRange(took, TimeSpan.Zero, farm.Grace(name));
        }

        var results = await farm.ResultsAsync();
        Assert.Equal(Pictures + 1, results.Count(name => name.StartsWith("nothing/", StringComparison.Ordinal) && name.EndsWith(".bmp.png", StringComparison.Ordinal)));
        Assert.DoesNotContain(results, name => name.EndsWith(".error.json", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AllInOne_WithoutAnyServer_RestoresPicturesTellsItsHealthAndEndsOnSigterm()
    {
        const int few = 3;
        await using var farm = await ComposedFarm.StartAsync();
        for (var i = 0; i < few; i++)
        {
            await farm.DropAsync($"nothing/{i}.bmp", Bitmap.Draw(i));
        }

        await farm.OwnAsync();
        var port = FreePort.Next();
        var program = farm.StartAllInOne(port);
        await farm.UntilAsync(async () => await DoneAsync(farm) == few, "all are restored");
        await farm.UntilAsync(async () => await BacklogAsync(farm, port, "total") == 0, "the backlog is empty");
        await farm.UntilAsync(async () => await farm.AskAsync(port, "/health/ready") is not null, "it is ready");
        var live = (await farm.AskAsync(port, "/health/live"))!;
        Assert.Contains("host-live", live, StringComparison.Ordinal);
        Assert.Contains("watcher-live", live, StringComparison.Ordinal);
        Assert.Equal(0, await farm.StartAllInOne(port, "--health").EndAsync(TimeSpan.FromMinutes(1)));

        var (code, took) = await program.StopAsync();

        output.WriteLine($"all-in-one ended with {code} after {took.TotalSeconds:F1} s");
        Assert.True(code == 0, program.ToString());
        // What compose and docker stop give a Host.
        Assert.InRange(took, TimeSpan.Zero, farm.Grace("host"));
    }

    [Fact]
    public async Task Sandbox_IsAsTightAsAContainer()
    {
        await using var farm = await ComposedFarm.StartAsync();
        await farm.OwnAsync();
        const string script = """
            id -u
            for file in /app/x /plugins/x /usr/x /x /run/secrets/x /data/watch/x; do (: >$file) 2>/dev/null && echo "wrote $file"; done
            for file in /tmp/x /data/restored/x; do (: >$file) && echo "wrote $file"; done
            ls /run/secrets /proc/self/root
            echo $$
            """;
        var sandbox = farm.Run("host", "Host", "sh", "-c", script);

        Assert.Equal(0, await sandbox.EndAsync(TimeSpan.FromSeconds(30)));

        var said = sandbox.Log.Where(l => l.Length > 0).ToList();
        Assert.Equal(Environment.IsPrivilegedProcess ? "1654" : Environment.GetEnvironmentVariable("UID") ?? said[0], said[0]);
        Assert.Equal(["wrote /tmp/x", "wrote /data/restored/x"], said.Where(l => l.StartsWith("wrote", StringComparison.Ordinal)));
        Assert.Contains("Messaging__RabbitMq", said);
        Assert.DoesNotContain("Jobs__ConnectionString", said); // Hosts never see the catalogue.
        Assert.DoesNotContain("root", said);
        Assert.Equal("1", said[^1]);
    }

    private static async Task<int> DoneAsync(ComposedFarm farm) =>
        (await farm.ResultsAsync()).Count(name => name.StartsWith("nothing/", StringComparison.Ordinal) && name.EndsWith(".bmp.json", StringComparison.Ordinal));

    private static async Task<int?> BacklogAsync(ComposedFarm farm, int port, string name) =>
        await farm.AskAsync(port, "/backlog") is { } text ? JsonDocument.Parse(text).RootElement.GetProperty(name).GetInt32() : null;

    private static async Task<JsonElement> TellAsync(ComposedFarm farm, int port) => JsonDocument.Parse((await farm.AskAsync(port, "/backlog"))!).RootElement;
}
