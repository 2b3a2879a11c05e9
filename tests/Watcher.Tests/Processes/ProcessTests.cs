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

    private Process Start(params (string Key, string Value)[] settings) => Start([], settings);

    private Process Start(string[] before, params (string Key, string Value)[] settings)
    {
        string[] command = [.. before, "dotnet", Path.Combine(AppContext.BaseDirectory, "DipPipeline.Watcher.dll")];
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
