using DipPipeline.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Host.Tests.Cleaning;

public sealed class OrphanSweeperTests : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromDays(7);
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly Worker _worker = new(null, ("Host:OrphansAfter", "7.00:00:00"));
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);
    private readonly OrphanSweeper _sweeper;

    public OrphanSweeperTests() =>
        _sweeper = new OrphanSweeper(_worker.Storage, _worker.Get<IOptions<HostOptions>>(), new Pulses(_time), _time, NullLogger<OrphanSweeper>.Instance);

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sweep_StateUntouchedForLonger_IsRemoved_YoungerStays()
    {
        await State("older", s_limit + s_minute);
        await State("younger", s_limit - s_minute);

        await _sweeper.SweepAsync(Now);

        Assert.Equal(["younger"], _worker.StateFolders.Select(Path.GetFileName));
        Assert.NotNull(await _worker.Storage.State("younger").CheckpointAsync(Now));
    }

    [Fact]
    public async Task Sweep_AnOldFolderWithAFreshSignOfLife_Stays()
    {
        await State("running", 2 * s_limit);
        await _worker.Storage.State("running").BeatAsync("owner", 1, Now);
        Directory.SetLastWriteTimeUtc(_worker.StateFolders[0], Ago(2 * s_limit));

        await _sweeper.SweepAsync(Now);

        Assert.Single(_worker.StateFolders);
    }

    [Fact]
    public async Task Sweep_NoStateAtAll_IsFine()
    {
        await _sweeper.SweepAsync(Now);
        Assert.Empty(_worker.StateFolders);
    }

    [Fact(Timeout = 120_000)]
    public async Task Running_SweepsAtTheStartAndEverySixHours()
    {
        await State("older", s_limit + s_minute);
        await State("younger", s_limit - s_minute);
        await _sweeper.StartAsync(Now);
        await Until(() => _worker.StateFolders.Count == 1);

        _time.Advance(TimeSpan.FromHours(6));

        await Until(() => _worker.StateFolders.Count == 0);
        await _sweeper.StopAsync(Now);
    }

    public async ValueTask DisposeAsync()
    {
        _sweeper.Dispose();
        await _worker.DisposeAsync();
    }

    private async Task State(string job, TimeSpan age)
    {
        await _worker.Storage.State(job).WriteCheckpointAsync(new CheckpointMark(0, 50) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => { }, Now);
        var folder = _worker.Result($".dip/state/{job}");
        foreach (var file in Directory.GetFiles(folder))
        {
            File.SetLastWriteTimeUtc(file, Ago(age));
        }

        Directory.SetLastWriteTimeUtc(folder, Ago(age));
    }

    private DateTime Ago(TimeSpan age) => (_time.GetUtcNow() - age).UtcDateTime;

    private static async Task Until(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(5, Now);
        }
    }
}
