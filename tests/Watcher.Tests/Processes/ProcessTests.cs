using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

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
        var port = FreePort();
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

    private Process Start(params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "DipPipeline.Watcher.dll")]) { WorkingDirectory = _files.Path, RedirectStandardError = true, RedirectStandardOutput = true };
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
