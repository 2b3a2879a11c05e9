using DipPipeline.Contracts.Tasks;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Runs;
using DipPipeline.Storage;
using DipPipeline.Tests;

namespace DipPipeline.Watcher.Tests;

public sealed class RowReaderTests : IDisposable
{
    private const string Picture = "scans/a.png";

    private readonly TemporaryFolder _files = new();
    private readonly HookedStore _inputs;

    public RowReaderTests() => _inputs = new HookedStore(new LocalArtifactStore(_files.At("watch")));

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Read_APictureThatMayNotBeRead_RefusesItsRow()
    {
        _files.Write("watch/scans/other.png", "x");
        _inputs.Before = path => Refuse(path == Picture, new UnauthorizedAccessException());

        Assert.Equal($"'{Picture}' cannot be read: this user may not read it.", (await ReadAsync(FixtureTasks.Denoise))!.Refusal);
    }

    [Fact]
    public async Task Read_NothingCanBeSeen_IsNoFaultOfTheRow()
    {
        Directory.CreateDirectory(_files.At("watch"));
        _inputs.Before = path => Refuse(path == Picture, new UnauthorizedAccessException());

        await Assert.ThrowsAsync<StorageUnavailableException>(() => ReadAsync(FixtureTasks.Denoise));
    }

    [Fact]
    public async Task Read_ANameTooLongForTheStorage_RefusesItsRow()
    {
        _files.Write("watch/scans/other.png", "x");
        _inputs.Before = path => Refuse(path == Picture, new PathTooLongException());

        Assert.Equal($"'{Picture}' is longer than the storage takes names.", (await ReadAsync(FixtureTasks.Denoise))!.Refusal);
    }

    [Fact]
    public async Task Read_ACompanionWhoseNameWouldBeTooLong_IsNotThere()
    {
        _files.Write("watch/" + Picture, "x");
        _inputs.Before = path => Refuse(path.EndsWith(".mask.png", StringComparison.OrdinalIgnoreCase), new PathTooLongException());

        var entry = await ReadAsync(FixtureTasks.Weigh);

        Assert.Equal((null, 0), (entry!.Refusal, entry.Companions.Count));
    }

    [Theory]
    [InlineData("scans/a.mask.png")]
    [InlineData("scans/a.mask.PNG")]
    public async Task Read_ACompanionBesideItsPicture_IsTaken(string mask)
    {
        _files.Write("watch/" + Picture, "x");
        _files.Write("watch/" + mask, "m");

        Assert.Equal(mask, (await ReadAsync(FixtureTasks.Repair))!.Companions["mask"].Path);
    }

    private static void Refuse(bool isIt, Exception error) => _ = isIt ? throw error : 0;

    private Task<JobEntry?> ReadAsync(TaskDescriptor task) => new RowReader(_inputs).ReadAsync(
        new PendingRow(new RowKey(1, 1), new ManifestRow(1, 1, Picture, null, "out/a.png", -10), new RowSettings { Number = 1, Task = task.Id }, Retry: false),
        new RowRecipe(task, EffectiveOptions.Resolve(task, [new OptionLayer { Origin = "test" }]), null),
        TestContext.Current.CancellationToken);
}
