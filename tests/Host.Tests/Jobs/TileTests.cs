using System.Collections.Concurrent;
using DipPipeline.Contracts.Messages;

namespace DipPipeline.Host.Tests.Jobs;

/// <summary>A job in tiles that passes from Host to Host: its finished tiles go with it.</summary>
public sealed class TileTests : IAsyncDisposable
{
    private static readonly (string, string)[] s_options = [("iterations", "60"), ("tile", "64"), ("input-noise", "0.03")];

    /// <summary>Tiles at the same time.</summary>
    public static TheoryData<int> AtOnce => [1, 2];

    private readonly Worker _worker = new(null, ("Host:CheckpointInterval", "00:00:00.1"));

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(AtOnce))]
    public async Task Handle_HandedBackBetweenTiles_GoesOnAtItsTileOnAnotherHost_ToTheSameBytes(int atOnce)
    {
        var message = Drop(_worker, atOnce);
        var next = await HandedBackAsync(message, atOnce);
        var mark = (await _worker.Storage.State(message.JobId).CheckpointAsync(Now))!;
        Assert.InRange(mark.Tiles.Count, 1, 3);
        Assert.InRange(mark.Iteration, mark.Tiles.Count * 60, ((mark.Tiles.Count + atOnce) * 60) - 1);
        Assert.Equal(["checkpoint.zip", .. Enumerable.Range(1, atOnce - 1).Select(n => $"checkpoint-{n}.zip")], mark.Files);
        var written = Tiles(message);
        Assert.Equal(mark.Tiles.Select(Engine.Restoration.SavedState.TileName), written.Select(Path.GetFileName));

        await using var second = new Worker(_worker.Folder);
        var made = Made(second);
        var checkpoints = new ConcurrentQueue<string>();
        second.Results.Before = path =>
        {
            if (path.Contains("/checkpoints/", StringComparison.Ordinal))
            {
                checkpoints.Enqueue(Path.GetFileName(path));
            }
        };
        await second.Handle(next).WaitAsync(Now);

        Assert.IsType<RestorationCompleted>(second.Bus.Events[^1]);
        Assert.Equal(mark.Files, checkpoints.Take(atOnce));
        // The first Host's stay: none is made again, and the rest of them is.
        Assert.Equal(4 - mark.Tiles.Count, made.Count);
        Assert.DoesNotContain(made, written.Contains);
        var progress = second.Bus.Sent.OfType<RestorationProgressed>().ToArray();
        Assert.NotEmpty(progress);
        Assert.All(progress, p => Assert.True(p.Iteration > mark.Iteration, $"{p.Iteration} after {mark.Iteration}"));
        Assert.Equal(await UndisturbedAsync(message, atOnce), await File.ReadAllBytesAsync(second.Result(message.Output), Now));
        Assert.Empty(second.StateFolders);
        Assert.Empty(second.ScratchFolders);
    }

    /// <summary>Where the storage lost a tile, it is made again.</summary>
    [Theory(Timeout = 300_000)]
    [MemberData(nameof(AtOnce))]
    public async Task Handle_ATileIsMissing_IsMadeAgain(int atOnce)
    {
        var message = Drop(_worker, atOnce);
        var next = await HandedBackAsync(message, atOnce);
        var kept = Tiles(message);
        var lost = kept[0];
        File.Delete(lost);

        await using var second = new Worker(_worker.Folder);
        var made = Made(second);
        await second.Handle(next).WaitAsync(Now);

        Assert.IsType<RestorationCompleted>(second.Bus.Events[^1]);
        Assert.Equal(4 - kept.Length + 1, made.Count);
        Assert.Contains(lost, made);
        Assert.Equal(4 * 60, second.Metrics(message.Output).Iterations);
        Assert.Equal(await UndisturbedAsync(message, atOnce), await File.ReadAllBytesAsync(second.Result(message.Output), Now));
        Assert.Empty(second.StateFolders);
    }

    [Theory(Timeout = 300_000)]
    [MemberData(nameof(AtOnce))]
    public async Task Cancel_AJobInTiles_LeavesNone(int atOnce)
    {
        var message = Drop(_worker, atOnce);
        string[] before = [];
        AtTheFirstTile(message, atOnce, () =>
        {
            before = Tiles(message);
            _worker.Cancel(message).GetAwaiter().GetResult();
        });
        await _worker.Handle(message).WaitAsync(Now);

        Assert.NotEmpty(before);
        Assert.IsType<RestorationCancelled>(_worker.Bus.Events[^1]);
        Assert.Empty(Tiles(message));
        Assert.Equal(["cancel.json"], Directory.GetFiles(_worker.Result($".dip/state/{message.JobId}"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private static RestoreImage Drop(Worker worker, int atOnce) => worker.Drop(preset: "short", size: 100, set: [.. s_options, ("tiles-at-once", $"{atOnce}")]);

    /// <summary>The result of a run that nothing stops.</summary>
    private static async Task<byte[]> UndisturbedAsync(RestoreImage message, int atOnce)
    {
        await using var worker = new Worker();
        var whole = Drop(worker, atOnce);
        Assert.Equal(message.JobId, whole.JobId);
        await worker.Handle(whole).WaitAsync(Now);
        Assert.Equal((4, atOnce), (worker.Metrics(whole.Output).Tiles!.Count, worker.Metrics(whole.Output).Tiles!.AtOnce));
        return await File.ReadAllBytesAsync(worker.Result(whole.Output), Now);
    }

    /// <summary>The tiles that a Host keeps from now on.</summary>
    private static ConcurrentQueue<string> Made(Worker worker)
    {
        var made = new ConcurrentQueue<string>();
        worker.Results.Naming = path =>
        {
            if (path.Contains("/tiles/", StringComparison.Ordinal))
            {
                made.Enqueue(worker.Result(path));
            }
        };
        return made;
    }

    /// <summary>The Host leaves after the first tile; what goes on with the job.</summary>
    private async Task<RestoreImage> HandedBackAsync(RestoreImage message, int atOnce)
    {
        AtTheFirstTile(message, atOnce, _worker.Lifetime.StopApplication);
        await _worker.Handle(message).WaitAsync(Now);
        return Assert.Single(_worker.Bus.Continuations);
    }

    /// <summary>Does something once a tile is kept, and each of those at the same time has a checkpoint, as what the latter are of is about to be written: the optimisation waits for it.</summary>
    private void AtTheFirstTile(RestoreImage message, int atOnce, Action then) => _worker.Results.Before = path =>
    {
        if (path.EndsWith("/checkpoint.json", StringComparison.Ordinal) && Tiles(message).Length > 0
            && Directory.GetFiles(_worker.Result($".dip/state/{message.JobId}/checkpoints")).Length == atOnce)
        {
            _worker.Results.Before = null;
            then();
        }
    };

    private string[] Tiles(RestoreImage message) => _worker.Result($".dip/state/{message.JobId}/tiles") is var folder && Directory.Exists(folder)
        ? [.. Directory.GetFiles(folder).Order()] : [];
}
