namespace DipPipeline.Storage.Tests;

public sealed class JobStateTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-state-").FullName;

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task TryClaim_Twice_TheFirstHasIt()
    {
        var state = CreateSut();
        Assert.Null(await state.ClaimAsync(Now));
        Assert.True(await state.TryClaimAsync(Claim("one"), Now));
        Assert.False(await state.TryClaimAsync(Claim("two"), Now));
        Assert.Equal("one", (await state.ClaimAsync(Now))!.Owner);

        await state.WriteClaimAsync(Claim("three") with { History = ["a"], Crashes = 1 }, Now);
        var taken = await state.ClaimAsync(Now);
        Assert.Equal(("three", 1, "a"), (taken!.Owner, taken.Crashes, Assert.Single(taken.History)));
    }

    [Fact]
    public async Task Beat_OfEachOwner_IsItsOwn()
    {
        var state = CreateSut();
        Assert.Null(await state.BeatOfAsync("one", Now));
        await state.BeatAsync("one", 1, Now);
        await state.BeatAsync("two", 7, Now);
        await state.BeatAsync("one", 2, Now);
        Assert.Equal(("2", "7"), (await state.BeatOfAsync("one", Now), await state.BeatOfAsync("two", Now)));
    }

    [Fact]
    public async Task Checkpoint_ItsMarkIsWrittenAfterIt()
    {
        var state = CreateSut();
        Assert.Null(await state.CheckpointAsync(Now));
        await state.WriteCheckpointAsync(new CheckpointMark(2, 50) { Files = ["checkpoint.zip"] }, "checkpoint.zip", s => s.WriteByte(9), Now);
        await Assert.ThrowsAsync<IOException>(() => state.WriteCheckpointAsync(new CheckpointMark(3, 60) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => throw new IOException(), Now));

        Assert.Equivalent(new CheckpointMark(2, 50) { Files = ["checkpoint.zip"] }, await state.CheckpointAsync(Now), strict: true);
        var read = -1;
        await state.ReadCheckpointAsync("checkpoint.zip", stream => read = stream.ReadByte(), Now);
        Assert.Equal(9, read);
    }

    [Fact]
    public async Task RemoveWork_KeepsTheCancellation_RemoveForgetsAll()
    {
        var state = CreateSut();
        await state.TryClaimAsync(Claim("one"), Now);
        await state.BeatAsync("one", 1, Now);
        await state.WriteCheckpointAsync(new CheckpointMark(0, 10) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => { }, Now);
        await state.WriteCheckpointAsync(new CheckpointMark(0, 20) { Files = ["checkpoint.zip"], Tiles = [0, 2] }, "checkpoint-1.zip", _ => { }, Now);
        await state.WriteTileAsync("00000.tile", _ => { }, Now);
        await state.CancelAsync(new CancelMark(3, "by hand"), Now);

        await state.RemoveWorkAsync("one", Now);
        Assert.Equal(["cancel.json"], Directory.GetFiles(Path.Join(_folder, ".dip/state/job"), "*", SearchOption.AllDirectories).Select(Path.GetFileName));
        Assert.Equal(new CancelMark(3, "by hand"), await state.CancelledAsync(Now));

        await state.RemoveAsync(Now);
        Assert.False(Directory.Exists(Path.Join(_folder, ".dip/state/job")));
    }

    [Fact]
    public async Task AnothersClaim_IsLeftAlone()
    {
        var state = CreateSut();
        await state.WriteCheckpointAsync(new CheckpointMark(0, 10) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => { }, Now);
        await state.BeatAsync("one", 1, Now);
        await state.WriteClaimAsync(Claim("two"), Now);

        await state.RewriteClaimAsync(Claim("one"), Now);
        await state.RemoveWorkAsync("one", Now);
        await state.RemoveAsync("one", Now);

        Assert.Equal("two", (await state.ClaimAsync(Now))!.Owner);
        Assert.NotNull(await state.CheckpointAsync(Now));
        Assert.Null(await state.BeatOfAsync("one", Now));
    }

    [Fact]
    public async Task Claim_HalfOfAFile_IsNone()
    {
        var state = CreateSut();
        await state.TryClaimAsync(Claim("one"), Now);
        await File.WriteAllTextAsync(Path.Join(_folder, ".dip/state/job/claim.json"), "{ \"owner\": \"on", Now);
        Assert.Null(await state.ClaimAsync(Now));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private JobState CreateSut() => new(new LocalArtifactStore(_folder), "job");

    private static JobClaim Claim(string owner) =>
        new() { Owner = owner, Host = "host", Generation = 1, Slice = 0, Since = DateTimeOffset.UnixEpoch, FromIteration = 0 };
}
