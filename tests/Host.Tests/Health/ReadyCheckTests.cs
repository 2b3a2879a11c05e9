using System.Collections.Concurrent;
using System.Reflection;
using DipPipeline.PluginHost;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Host.Tests.Health;

public sealed class ReadyCheckTests : IDisposable
{
    private static readonly string s_fixtures = Path.Join(
        typeof(Worker).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!, "artifacts/fixtures");

    private readonly string _folder = Directory.CreateTempSubdirectory("dip-ready-").FullName;
    private readonly FakeTimeProvider _time = new();
    private readonly ManualResetEventSlim _release = new();
    private readonly FakeBus _bus = new();
    private Func<string, bool> _computes = _ => true;
    private int _asked;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_AllIsWell_IsHealthyUntilTheBrokerIsAway()
    {
        var check = CreateSut(["NoWork"]);
        Assert.Equal(HealthStatus.Healthy, (await Check(check)).Status);

        _bus.IsMute = true;
        Assert.Equal(HealthStatus.Unhealthy, (await Check(check)).Status);
    }

    [Fact]
    public async Task Check_OneOfTwoPluginsFails_IsDegradedWithItsReason()
    {
        var result = await Check(CreateSut(["NoWork", "ThrowsOnLoad"]));

        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.StartsWith("1 of 2 plugins cannot be used: 'ThrowsOnLoad': ", result.Description, StringComparison.Ordinal);
        Assert.Contains("libsomething.so is not installed", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_EveryPluginFails_IsUnhealthyWithTheReasonOfEach()
    {
        var result = await Check(CreateSut(["ThrowsOnLoad", "WrongContract"]));

        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.StartsWith("No plugin can be used: 'ThrowsOnLoad': ", result.Description, StringComparison.Ordinal);
        Assert.Contains("'WrongContract': ", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ADeviceFailsLater_IsUnhealthyAndRecoversWithIt()
    {
        var check = CreateSut(["NoWork"]);
        Assert.Equal(HealthStatus.Healthy, (await Check(check)).Status);

        _computes = _ => throw new InvalidOperationException("CUDA error: an illegal memory access\nwas encountered");
        _time.Advance(DeviceWatch.Freshness);
        var failed = await Check(check);
        Assert.Equal((HealthStatus.Unhealthy, "Device 'cuda:0' does not compute: CUDA error: an illegal memory access"), (failed.Status, failed.Description));

        _computes = _ => false;
        _time.Advance(DeviceWatch.Freshness);
        Assert.Equal("Device 'cuda:0' computes wrongly.", (await Check(check)).Description);

        _computes = _ => true;
        _time.Advance(DeviceWatch.Freshness);
        Assert.Equal(HealthStatus.Healthy, (await Check(check)).Status);
    }

    [Fact]
    public async Task Check_AgainAtOnce_AsksTheDeviceOnlyOnce()
    {
        var check = CreateSut(["NoWork"]);

        await Check(check);
        _time.Advance(DeviceWatch.Freshness - TimeSpan.FromTicks(1));
        await Check(check);
        Assert.Equal(1, _asked);

        _time.Advance(TimeSpan.FromTicks(1));
        await Check(check);
        Assert.Equal(2, _asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task Check_ADeviceThatHangs_AnswersInTimeKeepsOneThreadAndRecovers()
    {
        var check = CreateSut(["NoWork"]);
        var begun = new TaskCompletionSource();
        _computes = _ =>
        {
            begun.TrySetResult();
            return _release.Wait(TimeSpan.FromMinutes(1), Now);
        };

        var first = Check(check);
        await begun.Task.WaitAsync(Now);
        Assert.False(first.IsCompleted);
        _time.Advance(DeviceWatch.Patience);
        var hung = await first;
        Assert.Equal((HealthStatus.Unhealthy, "Device 'cuda:0' has not answered for 00:00:05."), (hung.Status, hung.Description));

        // Who asks then waits no longer, and does not ask the device once more.
        _time.Advance(DeviceWatch.Freshness);
        Assert.Equal("Device 'cuda:0' has not answered for 00:00:35.", (await Check(check)).Description);
        Assert.Equal(1, _asked);

        _release.Set();
        while ((await Check(check)).Status != HealthStatus.Healthy)
        {
            await Task.Delay(5, Now);
        }
    }

    [Fact]
    public async Task Problems_OfTwoDevices_NamesTheOneThatFailsAndAsksEachOnAThreadOfItsOwn()
    {
        var (caller, threads) = (Environment.CurrentManagedThreadId, new ConcurrentBag<int>());
        using var both = new Barrier(2);
        var watch = new DeviceWatch(["cuda:0", "cuda:1"], device =>
        {
            threads.Add(Environment.CurrentManagedThreadId);
            return both.SignalAndWait(TimeSpan.FromSeconds(30)) && device == "cuda:0";
        }, TimeProvider.System);

        Assert.Equal(["Device 'cuda:1' computes wrongly."], await watch.ProblemsAsync(Now));
        Assert.Equal(2, threads.Distinct().Count());
        Assert.DoesNotContain(caller, threads);
    }

    /// <summary>What was asked before says nothing of what was broken since.</summary>
    [Fact(Timeout = 60_000)]
    public async Task ProblemNow_AQuestionIsUnderWay_AsksOnceMore()
    {
        var watch = new DeviceWatch(["cuda:0"], Computes, TimeProvider.System);
        var begun = new TaskCompletionSource();
        _computes = _ =>
        {
            begun.TrySetResult();
            return _release.Wait(TimeSpan.FromMinutes(1), Now);
        };
        var before = watch.ProblemsAsync(Now);
        await begun.Task.WaitAsync(Now);

        var now = watch.ProblemNowAsync("cuda:0", Now);
        _computes = _ => false;
        _release.Set();

        Assert.Empty(await before);
        Assert.Equal(new(DeviceProblemKind.Fails, "Device 'cuda:0' computes wrongly."), await now);
        Assert.Equal(2, _asked);
        // And no more often than it takes.
        Assert.NotNull(await watch.ProblemNowAsync("cuda:0", Now));
        Assert.Equal(3, _asked);
    }

    public void Dispose()
    {
        _release.Set();
        Directory.Delete(_folder, recursive: true);
    }

    private ReadyCheck CreateSut(string[] plugins)
    {
        foreach (var file in plugins.SelectMany(plugin => Directory.EnumerateFiles(Path.Join(s_fixtures, plugin))))
        {
            var folder = Directory.CreateDirectory(Path.Join(_folder, Path.GetFileName(Path.GetDirectoryName(file)))).FullName;
            File.Copy(file, Path.Join(folder, Path.GetFileName(file)));
        }

        return new ReadyCheck(PluginCatalogue.Scan(new PluginHostOptions { Folder = _folder }), new DeviceWatch(["cuda:0"], Computes, _time), _bus);
    }

    private bool Computes(string device)
    {
        Interlocked.Increment(ref _asked);
        return _computes(device);
    }

    private static Task<HealthCheckResult> Check(ReadyCheck check) => check.CheckHealthAsync(new HealthCheckContext(), Now);
}
