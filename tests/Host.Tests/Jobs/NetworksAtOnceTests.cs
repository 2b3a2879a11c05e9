using System.Collections.Concurrent;
using DipPipeline.Contracts.Messages;

namespace DipPipeline.Host.Tests.Jobs;

/// <summary>A job whose networks are fitted at the same time, and that passes from Host to Host: the checkpoint of each goes with it.</summary>
public sealed class NetworksAtOnceTests : IAsyncDisposable
{
    private readonly Worker _worker = new(null, ("Host:CheckpointInterval", "00:00:00.1"));

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact(Timeout = 300_000)]
    public async Task Handle_HandedBack_GoesOnWithBothOnAnotherHost_ToTheSameBytes()
    {
        var message = Drop(_worker);
        string[] files = ["checkpoint.zip", "checkpoint-1.zip"];
        _worker.Results.Before = path =>
        {
            // As what both are of is about to be written: the optimisation waits for it.
            if (path.EndsWith("/checkpoint.json", StringComparison.Ordinal)
                && _worker.Result($".dip/state/{message.JobId}/checkpoints") is var folder && Directory.Exists(folder) && Directory.GetFiles(folder).Length == 2)
            {
                _worker.Results.Before = null;
                _worker.Lifetime.StopApplication();
            }
        };
        await _worker.Handle(message).WaitAsync(Now);
        var next = Assert.Single(_worker.Bus.Continuations);
        var mark = (await _worker.Storage.State(message.JobId).CheckpointAsync(Now))!;
        Assert.Equal(files, mark.Files);
        Assert.InRange(mark.Iteration, 2, 3999);

        await using var second = new Worker(_worker.Folder);
        var read = new ConcurrentQueue<string>();
        second.Results.Before = path =>
        {
            if (path.Contains("/checkpoints/", StringComparison.Ordinal))
            {
                read.Enqueue(Path.GetFileName(path));
            }
        };
        await second.Handle(next).WaitAsync(Now);

        Assert.IsType<RestorationCompleted>(second.Bus.Events[^1]);
        Assert.Equal(files, read.Take(2));
        Assert.All(second.Bus.Sent.OfType<RestorationProgressed>(), p => Assert.True(p.Iteration > mark.Iteration, $"{p.Iteration} after {mark.Iteration}"));
        Assert.Equal(2, second.Metrics(message.Output).NetworksAtOnce);
        Assert.Equal(4000, second.Metrics(message.Output).Iterations);
        Assert.Equal(await UndisturbedAsync(message), await File.ReadAllBytesAsync(second.Result(message.Output), Now));
        Assert.Empty(second.StateFolders);
        Assert.Empty(second.ScratchFolders);
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private static RestoreImage Drop(Worker worker) =>
        worker.Drop(preset: "short", size: 40, set: [("iterations", "4000"), ("ensemble", "2"), ("networks-at-once", "2"), ("input-noise", "0.03")]);

    /// <summary>The result of a run that nothing stops.</summary>
    private static async Task<byte[]> UndisturbedAsync(RestoreImage message)
    {
        await using var worker = new Worker();
        var whole = Drop(worker);
        Assert.Equal(message.JobId, whole.JobId);
        await worker.Handle(whole).WaitAsync(Now);
        return await File.ReadAllBytesAsync(worker.Result(whole.Output), Now);
    }
}
