using DipPipeline.Contracts.Messages;

namespace DipPipeline.Host.Tests.Jobs;

/// <summary>An iteration that does not end while the Host must.</summary>
public sealed class LastIterationTests : IAsyncDisposable
{
    private static readonly TimeSpan s_stopTimeout = TimeSpan.FromSeconds(8);

    private readonly Worker _worker = new(null, ("Host:StopTimeout", $"{s_stopTimeout}"), ("Host:CheckpointInterval", "00:00:00.1"));

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact(Timeout = 120_000)]
    public async Task Handle_AnIterationThatOutlastsTheHostsDeparture_GivesTheJobBackInTime_AndTheNextAttemptCompletesIt()
    {
        var hold = Path.Join(_worker.Folder, "hold");
        var message = _worker.Drop(preset: "short", set: [("iterations", "2000"), ("hold", hold)]);
        var state = _worker.Storage.State(message.JobId);
        var handling = _worker.Handle(message);
        await Until(async () => (await state.CheckpointAsync(Now))?.Iteration > 0);
        await File.WriteAllTextAsync(hold, "", Now);
        await Until(() => Task.FromResult(File.Exists(hold + ".held")));
        var checkpoint = await state.CheckpointAsync(Now);

        _worker.Lifetime.StopApplication();
        await handling.WaitAsync(s_stopTimeout, Now);

        Assert.True(File.Exists(hold));
        var next = Assert.Single(_worker.Bus.Continuations);
        Assert.Equal(1, next.Slice);
        Assert.Contains("leaving", Assert.IsType<RestorationHandedBack>(_worker.Bus.Events[^1]).Reason, StringComparison.Ordinal);
        Assert.NotNull(checkpoint);
        Assert.Equivalent(checkpoint, await state.CheckpointAsync(Now), strict: true);
        var claim = await state.ClaimAsync(Now);
        Assert.Equal((true, 0), (claim!.IsReleased, claim.Crashes));

        File.Delete(hold);
        await using var second = new Worker(_worker.Folder);
        await second.Handle(next);

        Assert.Equal((1, 1), second.Bus.Events.OfType<RestorationStarted>().Select(e => (e.Slice, e.Attempt)).Single());
        Assert.IsType<RestorationCompleted>(second.Bus.Events[^1]);
        Assert.Equal(2000, second.Metrics(message.Output).Iterations);
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private static async Task Until(Func<Task<bool>> condition)
    {
        while (!await condition())
        {
            await Task.Delay(5, Now);
        }
    }
}
