using DipPipeline.Contracts.Messages;

namespace DipPipeline.Host.Tests.Jobs;

/// <summary>A job in tiles that passes from Host to Host: its finished tiles go with it.</summary>
public sealed class TileTests : IAsyncDisposable
{
    private static readonly (string, string)[] s_options = [("iterations", "60"), ("tile", "64"), ("input-noise", "0.03")];

    private readonly Worker _worker = new(null, ("Host:CheckpointInterval", "00:00:00.1"));

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Handle_HandedBackBetweenTiles_GoesOnAtItsTileOnAnotherHost_ToTheSameBytes()
    {
        await using var undisturbed = new Worker();
        var whole = undisturbed.Drop(preset: "short", size: 100, set: s_options);
        await undisturbed.Handle(whole);
        Assert.Equal(4, undisturbed.Metrics(whole.Output).Tiles!.Count);

        var message = _worker.Drop(preset: "short", size: 100, set: s_options);
        Assert.Equal(whole.JobId, message.JobId);
        var state = _worker.Storage.State(message.JobId);
        var handling = _worker.Handle(message);
        while ((await state.CheckpointAsync(Now))?.Tiles is not >= 1)
        {
            await Task.Delay(5, Now);
        }

        _worker.Lifetime.StopApplication();
        await handling.WaitAsync(Now);
        var next = Assert.Single(_worker.Bus.Continuations);
        var mark = (await state.CheckpointAsync(Now))!;
        Assert.InRange(mark.Tiles, 1, 3);
        Assert.InRange(mark.Iteration, mark.Tiles * 60, ((mark.Tiles + 1) * 60) - 1);
        var tiles = Tiles(message);
        Assert.Equal(mark.Tiles, tiles.Length);
        var written = tiles.ToDictionary(t => t, File.GetLastWriteTimeUtc);

        await using var second = new Worker(_worker.Folder);
        var started = second.Handle(next);
        while ((await state.CheckpointAsync(Now)) is { } later && later.Tiles == mark.Tiles)
        {
            await Task.Delay(5, Now);
        }

        // Still the first Host's: none was made again.
        Assert.All(written, t => Assert.True(!File.Exists(t.Key) || File.GetLastWriteTimeUtc(t.Key) == t.Value));
        await started.WaitAsync(Now);
        Assert.IsType<RestorationCompleted>(second.Bus.Events[^1]);
        Assert.Equal(await File.ReadAllBytesAsync(undisturbed.Result(whole.Output), Now), await File.ReadAllBytesAsync(second.Result(message.Output), Now));
        Assert.Empty(second.StateFolders);
        Assert.Empty(second.ScratchFolders);
    }

    /// <summary>Where the storage lost a tile, it and those after it are made again.</summary>
    [Fact(Timeout = 300_000)]
    public async Task Handle_ATileIsMissing_IsMadeAgain()
    {
        var message = _worker.Drop(preset: "short", size: 100, set: s_options);
        var state = _worker.Storage.State(message.JobId);
        var handling = _worker.Handle(message);
        while ((await state.CheckpointAsync(Now))?.Tiles is not >= 1)
        {
            await Task.Delay(5, Now);
        }

        _worker.Lifetime.StopApplication();
        await handling.WaitAsync(Now);
        File.Delete(Tiles(message)[0]);

        await using var second = new Worker(_worker.Folder);
        await second.Handle(Assert.Single(_worker.Bus.Continuations));
        Assert.IsType<RestorationCompleted>(second.Bus.Events[^1]);
        Assert.Equal(4 * 60, second.Metrics(message.Output).Iterations);
        Assert.Empty(second.StateFolders);
    }

    [Fact(Timeout = 300_000)]
    public async Task Cancel_AJobInTiles_LeavesNone()
    {
        var message = _worker.Drop(preset: "short", size: 100, set: s_options);
        var state = _worker.Storage.State(message.JobId);
        var handling = _worker.Handle(message);
        while ((await state.CheckpointAsync(Now))?.Tiles is not >= 1)
        {
            await Task.Delay(5, Now);
        }

        Assert.NotEmpty(Tiles(message));
        await _worker.Cancel(message);
        await handling.WaitAsync(Now);
        Assert.IsType<RestorationCancelled>(_worker.Bus.Events[^1]);
        Assert.Empty(Tiles(message));
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private string[] Tiles(RestoreImage message) => _worker.Result($".dip/state/{message.JobId}/tiles") is var folder && Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder).Order()] : [];
}
