using System.Diagnostics;
using System.Net;
using DipPipeline.Tests.Servers;

namespace DipPipeline.Watcher.Tests;

public sealed class ProcessTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Run_BadConfiguration_SaysEachErrorAndExitsWith2()
    {
        FixtureTasks.Write(_files);
        using var process = Start(("Watcher__RescanInterval", "00:00:00"), ("Watcher__MessagesPerSlot", "0"), ("Watcher__Folders__0__Path", "x"), ("Storage__Retries", "-1"));
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        string[] lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("Watcher:RescanInterval is '00:00:00'; accepted: 00:00:01 to 30 days.", lines);
        Assert.Contains("Watcher:MessagesPerSlot is 0; accepted: 1 to 1000.", lines);
        Assert.Contains(lines, l => l.Contains("Retries", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_ValueThatIsNone_ExitsWith2()
    {
        FixtureTasks.Write(_files);
        using var process = Start(("Watcher__RescanInterval", "often"));
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("often", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Healthy_MakesTheFoldersAnswersAndStopsOnSigterm()
    {
        FixtureTasks.Write(_files);
        var port = FreePort.Next();
        using var process = Start(("Health__Port", $"{port}"));
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await WatcherRig.UntilAsync(async () => await StatusAsync(http, "/health/ready") == HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(http, "/health/live"));
            await WatcherRig.UntilAsync(() => Task.FromResult(Directory.Exists(_files.At("watch/denoise"))));
            Process.Start("kill", ["-TERM", $"{process.Id}"])!.Dispose();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    [Fact]
    public async Task Backlog_OfTheLeaderAndOfOneThatStandsBy_IsTheSame()
    {
        FixtureTasks.Write(_files);
        _files.Write("watch/denoise/photo.png", "content");
        _files.Write("watch/denoise/another.png", "other content");
        var (leads, standsBy) = (FreePort.Next(), FreePort.Next());
        using var leader = Start(("Health__Port", $"{leads}"), ("Watcher__StabilityWindow", "00:00:00"));
        try
        {
            await WatcherRig.UntilAsync(async () => (await BacklogAsync(leads))?.Contains("\"total\":2", StringComparison.Ordinal) == true);
            using var second = Start(("Health__Port", $"{standsBy}"));
            try
            {
                await WatcherRig.UntilAsync(async () => await BacklogAsync(standsBy) is not null);
                Assert.Equal("""{"waiting":0,"outstanding":2,"running":0,"deferred":0,"total":2,"secondsPerJob":null,"estimatedSeconds":null}""", await BacklogAsync(standsBy));
                Assert.Equal(await BacklogAsync(leads), await BacklogAsync(standsBy));
            }
            finally
            {
                second.Kill();
            }
        }
        finally
        {
            leader.Kill();
        }
    }

    [Fact]
    public async Task Check_NamesThatAreNoSettingAndBadValues_AreAllSaid()
    {
        FixtureTasks.Write(_files);
        var (code, words) = await RunAsync(
            ["--check"], ("Watcher__RescanIntervall", "00:00:10"), ("Wacher__Readers", "1"), ("Watcher__Folders__0__Path", "denoise"), ("Watcher__Folders__0__Pirority", "1"),
            ("Storage__Inputs__0", "x"), ("Storage__S3__Endpoint", "http://127.0.0.1:9000"), ("Storage__S3__Endpont", "x"), ("Watcher__Folders__first", "x"), ("Watcher__MessagesPerSlot", "0"), ("Host__Nonsense", "another program's"));

        Assert.Equal(2, code);
        Assert.Equal(
            [
                "'Storage:Inputs:0' is no setting: Storage:Inputs is a single value.",
                "'Storage:S3:Endpont' is no setting (did you mean 'Endpoint'?).",
                "'Wacher' is no section of settings (did you mean 'Watcher'?).",
                "'Watcher:Folders:0:Pirority' is no setting (did you mean 'Priority'?).",
                "'Watcher:Folders:first' is no setting: the parts of Watcher:Folders are counted from 0.",
                "'Watcher:RescanIntervall' is no setting (did you mean 'RescanInterval'?).",
                "Watcher:MessagesPerSlot is 0; accepted: 1 to 1000.",
            ],
            words.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Check_GoodSettings_ExitsWith0AndOpensNothing()
    {
        FixtureTasks.Write(_files);
        Assert.Equal((0, ""), await RunAsync(["--check"], ("Watcher__Folders__0__Path", "denoise"), ("Watcher__Folders__0__Options__iterations", "5")));
        Assert.False(File.Exists(_files.At(".dip/jobs.db")));
    }

    [Fact]
    public async Task Secrets_OfAFolder_AreSettings_AndTheEnvironmentWins()
    {
        FixtureTasks.Write(_files);
        _files.Write("secrets/Watcher__MessagesPerSlot", "0\n");
        _files.Write("secrets/Watcher__Readers", "0\n");

        var (code, words) = await RunAsync(["--check"], ("DIP_SECRETS", _files.At("secrets")), ("Watcher__Readers", "1"));

        Assert.Equal((2, "Watcher:MessagesPerSlot is 0; accepted: 1 to 1000.\n"), (code, words));
    }

    [Theory]
    [InlineData("none", "DIP_SECRETS is 'none', and there is no such folder; accepted: a folder of files that are called after settings, such as Jobs__ConnectionString.")]
    [InlineData("", "")]
    public async Task Secrets_AFolderThatIsNotThere_IsRefused_AndNoNameIsNone(string named, string sentence)
    {
        FixtureTasks.Write(_files);
        var (code, words) = await RunAsync(["--check"], ("DIP_SECRETS", named));
        Assert.Equal((sentence.Length > 0 ? 2 : 0, sentence), (code, words.TrimEnd()));
    }

    [Fact]
    public async Task Health_OfARunningWatcher_Is0_WithoutOne1_AndWithoutAPort2()
    {
        FixtureTasks.Write(_files);
        var port = FreePort.Next();
        Assert.Equal(1, (await RunAsync(["--health"], ("Health__Port", $"{port}"))).Code);
        Assert.Equal((2, "Health:Port is '0', where nothing answers; accepted: the port of the service to ask, 1 to 65535.\n"), await RunAsync(["--health"]));
        using var process = Start(("Health__Port", $"{port}"));
        try
        {
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
            await WatcherRig.UntilAsync(async () => await StatusAsync(http, "/health/ready") == HttpStatusCode.OK);
            Assert.Equal((0, """{"status":"Healthy","checks":{"watcher-live":{"status":"Healthy","description":null}}}""" + "\n"), await RunAsync(["--health"], ("Health__Port", $"{port}")));
            await WatcherRig.UntilAsync(async () =>
                await RunAsync(["--health=ready"], ("Health__Port", $"{port}")) == (0, """{"status":"Healthy","checks":{"watcher-ready":{"status":"Healthy","description":"It leads."}}}""" + "\n"));
            Assert.Equal((2, "'--health=well' is nothing to ask; accepted: --health, --health=live, --health=ready.\n"), await RunAsync(["--health=well"], ("Health__Port", $"{port}")));
        }
        finally
        {
            process.Kill();
        }
    }

    [Fact]
    public async Task Run_CatalogueOfAnotherKind_ExitsWith2AndOneSentence()
    {
        FixtureTasks.Write(_files);
        _files.Write("jobs.db", new string('x', 10_000));
        using var process = Start(("Jobs__File", "jobs.db"));
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("The catalogue 'jobs.db' is no SQLite database", errors, StringComparison.Ordinal);
    }

    [Fact]
    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    public async Task Run_FileThatThisUserMayNotRead_IsRefusedAndTakenOnceItMay()
    {
        // Root may read everything: it becomes a user that may not.
        string[] likeAnyUser = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
        FixtureTasks.Write(_files);
        var picture = _files.Write("watch/denoise/photo.png", "secret");
        File.SetUnixFileMode(picture, UnixFileMode.None);
        foreach (var folder in (string[])["", "watch", "watch/denoise"])
        {
            File.SetUnixFileMode(_files.At(folder), (UnixFileMode)0b111_111_111);
        }

        using var process = Start(
            likeAnyUser,
            ("Watcher__UnreadableTimeout", "00:00:00.5"), ("Watcher__StabilityWindow", "00:00:00"), ("Watcher__RescanInterval", "00:00:01"), ("HOME", _files.Path));
        try
        {
            var note = _files.At("restored/denoise/photo.error.json");
            await WatcherRig.UntilFileAsync(note);
            Assert.Contains("'denoise/photo.png' cannot be read: this user may not read it.", await File.ReadAllTextAsync(note, TestContext.Current.CancellationToken), StringComparison.Ordinal);
            File.SetUnixFileMode(picture, UnixFileMode.UserRead | UnixFileMode.OtherRead);
            await WatcherRig.UntilAsync(() => Task.FromResult(Query("SELECT COUNT(*) FROM Jobs WHERE PictureSha256 <> ''") > 0));
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private long Query(string text)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_files.At(".dip/jobs.db")};Pooling=false");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = text;
        return (long)command.ExecuteScalar()!;
    }

    private static async Task<HttpStatusCode?> StatusAsync(HttpClient http, string path)
    {
        try
        {
            using var response = await http.GetAsync(path, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null; // It does not listen yet.
        }
    }

    private static async Task<string?> BacklogAsync(int port)
    {
        using var http = new HttpClient();
        try
        {
            using var response = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/backlog"), TestContext.Current.CancellationToken);
            return response.IsSuccessStatusCode ? await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken) : null;
        }
        catch (HttpRequestException)
        {
            return null; // It does not listen yet.
        }
    }

    private async Task<(int Code, string Words)> RunAsync(string[] arguments, params (string Key, string Value)[] settings)
    {
        using var process = Start([], arguments, settings);
        var words = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, words);
    }

    private Process Start(params (string Key, string Value)[] settings) => Start([], settings);

    private Process Start(string[] before, params (string Key, string Value)[] settings) => Start(before, [], settings);

    private Process Start(string[] before, string[] arguments, (string Key, string Value)[] settings)
    {
        string[] command = [.. before, "dotnet", Path.Combine(AppContext.BaseDirectory, "DipPipeline.Watcher.dll"), .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { WorkingDirectory = _files.Path, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["Watcher__Plugins"] = _files.At("plugins");
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }
}
