using System.Diagnostics;
using DipPipeline.Contracts.Messages;
using DipPipeline.Engine.Restoration;
using DipPipeline.Messaging.Handling;
using DipPipeline.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace DipPipeline.Host.Tests.Jobs;

public sealed class RestoreImageHandlerTests : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Worker _worker = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Handle_APicture_CommitsItsFourOutputsAndLeavesNothingElse()
    {
        var message = _worker.Drop("nothing/album/photo.jpg.png");
        message = message with { Output = "nothing/album/photo.jpg.png" };

        await _worker.Handle(message);

        Assert.Collection(_worker.Bus.Events, e => Assert.IsType<RestorationStarted>(e), e => Assert.IsType<RestorationCompleted>(e));
        Assert.Equal(
            ["photo.jpg.curve.png", "photo.jpg.json", "photo.jpg.png", "photo.jpg.preview.jpg"],
            Directory.GetFiles(_worker.Result("nothing/album")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        var metrics = _worker.Metrics("nothing/album/photo.jpg.png");
        Assert.Equal((message.JobId, 1, "nothing/album/photo.jpg.png", "nothing/album/photo.jpg.png"), (metrics.JobId, metrics.Generation, metrics.Input.Path, metrics.Output.Path));
        Assert.Equal(message.Picture.Sha256, metrics.Input.Sha256);
        Assert.Empty(_worker.StateFolders);
        Assert.Empty(_worker.ScratchFolders);
    }

    [Fact]
    public async Task Handle_TheSameMessageAgain_AnswersFromTheResult()
    {
        var message = _worker.Drop();
        await _worker.Handle(message);
        var written = File.GetLastWriteTimeUtc(_worker.Result(message.Output));

        await _worker.Handle(message, redelivered: true);

        Assert.Equal(3, _worker.Bus.Events.Count);
        Assert.Equal(message.JobId, Assert.IsType<RestorationCompleted>(_worker.Bus.Events[2]).Metrics.JobId);
        Assert.Equal(written, File.GetLastWriteTimeUtc(_worker.Result(message.Output)));
    }

    [Fact]
    public async Task Handle_TwoCopiesAtOnce_OneOptimisationOneResult()
    {
        await using var other = new Worker(_worker.Folder);
        var message = _worker.Drop(preset: "short");

        await Task.WhenAll(_worker.Handle(message), other.Handle(message));

        IJobEvent[] events = [.. _worker.Bus.Events, .. other.Bus.Events];
        Assert.Single(events.OfType<RestorationStarted>());
        Assert.Single(events.OfType<RestorationCompleted>());
    }

    [Fact]
    public async Task Handle_ANewerGenerationIsClaimed_LeavesItAlone()
    {
        var older = _worker.Drop();
        var claim = await _worker.Abandoned(older with { Generation = 2 });

        await _worker.Handle(older, redelivered: true);

        Assert.Empty(_worker.Bus.Events);
        Assert.Equal(claim.Owner, (await _worker.Storage.State(older.JobId).ClaimAsync(Now))!.Owner);
    }

    [Fact]
    public async Task Claim_OfWorkThatHangs_GivesNoMoreSignsOfLife()
    {
        var message = _worker.Drop();
        var (state, isAlive) = (_worker.Storage.State(message.JobId), true);
        var record = await _worker.Abandoned(message);
        await using var claim = new OwnedClaim(state, record, TimeSpan.FromMilliseconds(5), TimeProvider.System, NullLogger.Instance);
        claim.BeatWhile(() => Volatile.Read(ref isAlive));
        await Until(async () => await state.BeatOfAsync(record.Owner, Now) is not null);

        Volatile.Write(ref isAlive, false);
        await using var other = new Worker(_worker.Folder);
        await other.Handle(message, redelivered: true);

        Assert.IsType<RestorationCompleted>(other.Bus.Events[^1]);
    }

    [Fact]
    public async Task Claim_ItsStateIsRemovedWhileASignOfLifeIsBeingWritten_WaitsForThatAndLeavesNothing()
    {
        var message = _worker.Drop();
        var (begun, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        var record = await _worker.Abandoned(message);
        _worker.Results.Slowly = async _ =>
        {
            begun.TrySetResult();
            await release.Task;
        };
        // Its clock stands still once the sign of life is due: however long this machine takes, nobody gives it up.
        var time = new FakeTimeProvider();
        await using var claim = new OwnedClaim(_worker.Storage.State(message.JobId), record, TimeSpan.FromSeconds(1), time, NullLogger.Instance);
        time.Advance(TimeSpan.FromSeconds(1));
        await begun.Task.WaitAsync(s_patience, Now);

        var removing = claim.RemoveStateAsync(Now);
        // As long as one that waits for nothing would take.
        await Task.WhenAny(removing, Task.Delay(200, Now));
        Assert.False(removing.IsCompleted);
        release.SetResult();
        await removing.WaitAsync(s_patience, Now);

        Assert.Empty(_worker.StateFolders);
    }

    [Fact]
    public async Task Handle_ResultOfANewerGeneration_IsNotOverwritten()
    {
        var newer = _worker.Drop(generation: 2);
        await _worker.Handle(newer);
        var older = _worker.Message("nothing/photo.png", 1, "once", ("iterations", "2"));

        await _worker.Handle(older);

        Assert.Contains("generation 2", Assert.IsType<RestorationCancelled>(_worker.Bus.Events[^1]).Reason, StringComparison.Ordinal);
        Assert.Equal(newer.JobId, _worker.Metrics(newer.Output).JobId);
    }

    [Theory]
    [InlineData("photo.png", true)]
    [InlineData("photo.curve.png", true)]
    [InlineData("photo.preview.jpg", true)]
    [InlineData("photo.json", true)]
    [InlineData("photo.png", false)]
    [InlineData("photo.json", false)]
    public async Task Commit_HeldUpUntilANewerJobHasWrittenItsFiles_LeavesThemAlone(string held, bool isMarked)
    {
        await _worker.Handle(_worker.Drop("nothing/other.png"));
        var metrics = _worker.Metrics("nothing/other.png");
        var older = _worker.Drop();
        var state = _worker.Storage.State(older.JobId);
        string[] pictures = ["photo.png", "photo.curve.png", "photo.preview.jpg"];
        using var scratch = new Scratch(Path.Join(_worker.Folder, "scratch"));
        Directory.CreateDirectory(scratch.Outputs);
        Array.ForEach(pictures, name => File.WriteAllText(Path.Join(scratch.Outputs, name), "older"));
        _worker.Results.Naming = path =>
        {
            if (path == "nothing/" + held)
            {
                Assert.True(SpinWait.SpinUntil(() => pictures.Where(name => name != held).All(name => File.Exists(_worker.Result("nothing/" + name))), s_patience));
                ANewerJobBegins();
            }
        };

        var superseded = await Assert.ThrowsAsync<SupersededException>(() => _worker.Get<JobResult>().CommitAsync(older, scratch, metrics, Now));

        Assert.Equal(isMarked, superseded.IsMarked);
        Assert.All(pictures, name => Assert.Equal("newer", File.ReadAllText(_worker.Result("nothing/" + name))));
        Assert.Equal(!isMarked, File.Exists(_worker.Result("nothing/photo.json")));

        // The mark is there before it begins; by then it has written its pictures, or, where there is no mark, all of its result.
        void ANewerJobBegins()
        {
            if (isMarked)
            {
                state.CancelAsync(new CancelMark(1, "Superseded."), Now).GetAwaiter().GetResult();
            }
            else
            {
                File.WriteAllText(_worker.Result("nothing/photo.json"), (metrics with { Generation = 2 }).ToJson());
            }

            Array.ForEach(pictures, name => File.WriteAllText(_worker.Result("nothing/" + name), "newer"));
        }
    }

    [Fact]
    public async Task Handle_CancelledInTheMiddleOfItsCommit_SaysSoAndKeepsTheMark()
    {
        var message = _worker.Drop();
        _worker.Results.Naming = path =>
        {
            if (path.EndsWith(".json", StringComparison.Ordinal))
            {
                _worker.Storage.State(message.JobId).CancelAsync(new CancelMark(1, "Superseded by a newer one."), Now).GetAwaiter().GetResult();
            }
        };

        await _worker.Handle(message);

        Assert.Equal("Superseded by a newer one.", Assert.IsType<RestorationCancelled>(_worker.Bus.Events[^1]).Reason);
        Assert.NotNull(await _worker.Storage.State(message.JobId).CancelledAsync(Now));
        Assert.Null(await _worker.Storage.State(message.JobId).ClaimAsync(Now));
    }

    [Fact]
    public async Task Handle_OtherBytes_SaysSourceChanged()
    {
        var message = _worker.Drop();
        await File.AppendAllTextAsync(Path.Join(_worker.Folder, "watch/nothing/photo.png"), "more", Now);

        await _worker.Handle(message);

        var changed = Assert.IsType<SourceChanged>(Assert.Single(_worker.Bus.Events));
        Assert.Equal("nothing/photo.png", changed.Path);
        Assert.NotNull(changed.Sha256);
        Assert.False(File.Exists(_worker.Result(message.Output)));
        Assert.Empty(_worker.StateFolders);
    }

    [Fact]
    public async Task Handle_MissingFile_SaysSourceChanged()
    {
        var message = _worker.Drop();
        File.Delete(Path.Join(_worker.Folder, "watch/nothing/photo.png"));

        await _worker.Handle(message);

        Assert.Null(Assert.IsType<SourceChanged>(Assert.Single(_worker.Bus.Events)).Sha256);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Handle_NoPicturesAtAllAreSeen_DefersTheJob(bool isThere)
    {
        var message = _worker.Drop();
        Directory.Delete(Path.Join(_worker.Folder, "watch"), recursive: true);
        if (isThere)
        {
            Directory.CreateDirectory(Path.Join(_worker.Folder, "watch"));
        }

        await _worker.Handle(message);

        var deferred = Assert.IsType<RestorationDeferred>(Assert.Single(_worker.Bus.Events));
        Assert.Contains("sees no pictures at all", deferred.Reason, StringComparison.Ordinal);
        Assert.False(deferred.IsElsewhere);
    }

    [Fact]
    public async Task Handle_ABadPicture_IsRejectedWithItsPathInTheStorage()
    {
        var path = Path.Join(_worker.Folder, "watch/nothing/text.png");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "no picture at all", Now);

        await _worker.Handle(_worker.Message("nothing/text.png"));

        var reason = Assert.Single(_worker.Bus.Events.OfType<RestorationRejected>()).Reason;
        Assert.StartsWith("'nothing/text.png' ", reason, StringComparison.Ordinal);
        Assert.DoesNotContain("scratch", reason, StringComparison.Ordinal);
        Assert.Empty(_worker.StateFolders);
    }

    public static TheoryData<string, Func<RestoreImage, RestoreImage>> Untrusted => new()
    {
        { "not one within the storage", m => m with { Picture = m.Picture with { Path = "../secret.png" } } },
        { "not one within the storage", m => m with { Output = "/etc/passwd.png" } },
        { "not one within the storage", m => m with { Output = "a//b.png" } },
        { "not one within the storage", m => m with { JobId = ".." } },
        { "ends in .png", m => m with { Output = "nothing/photo.sh" } },
        { "outside of '.dip'", m => m with { Output = ".dip/state/x.png" } },
        { "There is no task 'nothin' (did you mean 'nothing'?)", m => m with { Task = "nothin" } },
        { "accepted: a whole number from 1", m => m with { Options = m.Options.ToDictionary(o => o.Key, o => o.Key == "iterations" ? "-5" : o.Value) } },
        { "not the one of its contents", m => m with { Seed = 7 } },
        { "takes no companion 'mask'", m => m with { Companions = new Dictionary<string, SourceFile> { ["mask"] = m.Picture } } },
    };

    [Theory]
    [MemberData(nameof(Untrusted))]
    public async Task Handle_AMessageNotToBeTrusted_IsRejectedBeforeAnyWork(string reason, Func<RestoreImage, RestoreImage> change)
    {
        await _worker.Handle(change(_worker.Drop()));

        Assert.Contains(reason, Assert.IsType<RestorationRejected>(Assert.Single(_worker.Bus.Events)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_ALinkOutOfTheStorage_IsRejected()
    {
        var message = _worker.Drop();
        var link = Path.Join(_worker.Folder, "watch/nothing/link.png");
        File.Move(Path.Join(_worker.Folder, "watch/nothing/photo.png"), Path.Join(_worker.Folder, "outside.png"));
        File.CreateSymbolicLink(link, "../../outside.png");

        await _worker.Handle(message with { Picture = message.Picture with { Path = "nothing/link.png" } });

        Assert.Contains("leads out of the storage", Assert.IsType<RestorationRejected>(Assert.Single(_worker.Bus.Events)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_APluginVersionItDoesNotHave_IsDeferredWithTheReason()
    {
        await _worker.Handle(_worker.Drop() with { PluginVersion = "9.9.9" });

        var deferred = Assert.IsType<RestorationDeferred>(Assert.Single(_worker.Bus.Events));
        Assert.Contains("has version 1.0.0 of task 'nothing'; the job asks for 9.9.9", deferred.Reason, StringComparison.Ordinal);
        Assert.True(deferred.IsElsewhere);
    }

    [Fact]
    public async Task Handle_StorageThatCannotBeWritten_DefersTheJob()
    {
        var message = _worker.Drop();
        // A file where the folder of state must be: nothing below it can be made, by root neither.
        Directory.CreateDirectory(_worker.Result(""));
        await File.WriteAllTextAsync(_worker.Result(".dip"), "", Now);

        await _worker.Handle(message);

        Assert.Contains("cannot be reached", Assert.IsType<RestorationDeferred>(Assert.Single(_worker.Bus.Events)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_Cancelled_StopsWithinIterationsAndKeepsTheMark()
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = _worker.Handle(message);
        await Started(_worker, handling);

        await _worker.Cancel(message);
        await handling.WaitAsync(s_patience, Now);

        Assert.Equal("cancelled by a person", Assert.IsType<RestorationCancelled>(_worker.Bus.Events[^1]).Reason);
        Assert.False(File.Exists(_worker.Result(message.Output)));
        await _worker.Handle(message, redelivered: true);
        Assert.IsType<RestorationCancelled>(_worker.Bus.Events[^1]);
        Assert.Single(_worker.Bus.Events.OfType<RestorationStarted>());
    }

    [Fact]
    public async Task Handle_TheHostLeaves_GivesTheJobBackAtItsCheckpoint()
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = _worker.Handle(message);
        await Started(_worker, handling);

        _worker.Lifetime.StopApplication();
        await handling.WaitAsync(s_patience, Now);

        Assert.Equal(1, Assert.Single(_worker.Bus.Continuations).Slice);
        Assert.Contains("leaving", Assert.IsType<RestorationHandedBack>(_worker.Bus.Events[^1]).Reason, StringComparison.Ordinal);
        Assert.True((await _worker.Storage.State(message.JobId).CheckpointAsync(Now))!.Iteration > 0);
        Assert.True((await _worker.Storage.State(message.JobId).ClaimAsync(Now))!.IsReleased);
    }

    [Fact]
    public async Task Handle_InSlicesOfManyHosts_GivesTheBytesOfOneRun()
    {
        await using var undisturbed = new Worker();
        var message = _worker.Drop(preset: "short", set: ("iterations", "4000"));
        await undisturbed.Handle(undisturbed.Drop(preset: "short", set: ("iterations", "4000")));

        var slices = 0;
        for (var next = message; next is not null; slices++)
        {
            await using var worker = new Worker(_worker.Folder, ("Host:MaxHold", "00:00:01"), ("Host:CheckpointInterval", "00:00:00.3"));
            await worker.Handle(next);
            next = worker.Bus.Continuations.SingleOrDefault();
            Assert.DoesNotContain(worker.Bus.Events.OfType<RestorationStarted>(), e => e.Attempt != 1);
        }

        Assert.InRange(slices, 2, 100);
        Assert.Equal(await File.ReadAllBytesAsync(undisturbed.Result(message.Output), Now), await File.ReadAllBytesAsync(_worker.Result(message.Output), Now));
    }

    [Fact]
    public async Task Handle_ConnectionLost_LeavesTheMessageAndCountsNoCrash()
    {
        using var lost = new CancellationTokenSource();
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = _worker.Deliver(message, false, lost.Token);
        await Started(_worker, handling);

        await lost.CancelAsync();

        await Assert.ThrowsAsync<ReturnMessageException>(() => handling.WaitAsync(s_patience, Now));
        var claim = await _worker.Storage.State(message.JobId).ClaimAsync(Now);
        Assert.Equal((true, 0), (claim!.IsReleased, claim.Crashes));
    }

    [Fact]
    public async Task Handle_AnotherHostTakesTheJobOver_AbandonsItSilently()
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = _worker.Handle(message);
        await Started(_worker, handling);

        var other = await _worker.Abandoned(message);
        await handling.WaitAsync(s_patience, Now);

        Assert.IsType<RestorationStarted>(Assert.Single(_worker.Bus.Events));
        Assert.Equal(other.Owner, (await _worker.Storage.State(message.JobId).ClaimAsync(Now))!.Owner);
    }

    [Fact]
    public async Task Handle_AfterACrash_ResumesFromTheCheckpoint()
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        using var lost = new CancellationTokenSource();
        var handling = _worker.Deliver(message, false, lost.Token);
        await Started(_worker, handling);
        await lost.CancelAsync();
        await Assert.ThrowsAsync<ReturnMessageException>(() => handling.WaitAsync(s_patience, Now));
        await _worker.Abandoned(message, fromIteration: 0, crashes: 1);

        await using var second = new Worker(_worker.Folder, ("Host:MaxHold", "00:00:02"), ("Host:CheckpointInterval", "00:00:00.5"));
        await second.Handle(message, redelivered: true);

        // The dead one had got as far as a checkpoint: the count begins anew.
        Assert.Equal(1, Assert.Single(second.Bus.Events.OfType<RestorationStarted>()).Attempt);
        Assert.IsType<RestorationHandedBack>(second.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_ThirdCrashInARow_FailsWithItsHistory()
    {
        var message = _worker.Drop();
        await _worker.Abandoned(message, crashes: 2);

        await _worker.Handle(message, redelivered: true);

        var failed = Assert.IsType<RestorationFailed>(Assert.Single(_worker.Bus.Events));
        Assert.Contains("'dead'", Assert.Single(failed.History), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Handle_AnOlderSlice_IsDroppedAndTheCatalogueToldOfTheNewer()
    {
        var message = _worker.Drop();
        await _worker.Storage.State(message.JobId).WriteCheckpointAsync(new CheckpointMark(3, 50) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => { }, Now);

        await _worker.Handle(message with { Slice = 2 });

        Assert.Equal(3, Assert.IsType<RestorationHandedBack>(Assert.Single(_worker.Bus.Sent)).NextSlice);
    }

    [Fact]
    public async Task Handle_ADeadClaimThatOnlyWaited_CountsNoCrash()
    {
        var message = _worker.Drop();
        var dead = await _worker.Abandoned(message, crashes: 2);
        await _worker.Storage.State(message.JobId).WriteClaimAsync(dead with { IsWaiting = true }, Now);

        await _worker.Handle(message, redelivered: true);

        Assert.IsType<RestorationCompleted>(_worker.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_AReleasedClaimThatGotSomewhere_BeginsTheCountAnew()
    {
        var message = _worker.Drop();
        var state = _worker.Storage.State(message.JobId);
        var other = await _worker.Abandoned(message, crashes: 2);
        await state.WriteClaimAsync(other with { IsReleased = true }, Now);
        await state.WriteCheckpointAsync(new CheckpointMark(0, 50) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => { }, Now);

        await _worker.Handle(message, redelivered: true);

        Assert.Equal(1, Assert.Single(_worker.Bus.Events.OfType<RestorationStarted>()).Attempt);
    }

    [Fact]
    public async Task Handle_TheBrokerConfirmsNothing_ReturnsTheMessageAndKeepsTheResult()
    {
        var message = _worker.Drop();
        _worker.Bus.IsMute = true;
        await Assert.ThrowsAsync<ReturnMessageException>(() => _worker.Handle(message));
        Assert.Equal(message.JobId, _worker.Metrics(message.Output).JobId);

        _worker.Bus.IsMute = false;
        await _worker.Handle(message, redelivered: true);
        Assert.IsType<RestorationCompleted>(Assert.Single(_worker.Bus.Events));
    }

    [Fact]
    public async Task Handle_HalfOfAClaim_IsTakenOver()
    {
        var message = _worker.Drop();
        await _worker.Abandoned(message);
        await File.WriteAllTextAsync(_worker.Result($".dip/state/{message.JobId}/claim.json"), "{", Now);

        await _worker.Handle(message);

        Assert.IsType<RestorationCompleted>(_worker.Bus.Events[^1]);
    }

    [Fact]
    public async Task HandBack_ReleasesTheClaimOnlyAfterTheContinuationAndTheWordOfIt()
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var claims = new List<(Type Message, JobClaim? Claim)>();
        _worker.Bus.Sending = async (sent, _) => claims.Add((sent.GetType(), await _worker.Storage.State(message.JobId).ClaimAsync(Now)));
        var handling = _worker.Handle(message);
        await Started(_worker, handling);

        _worker.Lifetime.StopApplication();
        await handling.WaitAsync(s_patience, Now);

        Assert.Equal([typeof(RestorationStarted), typeof(RestoreImage), typeof(RestorationHandedBack)], claims.Select(c => c.Message));
        Assert.All(claims, c => Assert.Equal((false, 0), (c.Claim!.IsReleased, c.Claim.Slice)));
        var released = await _worker.Storage.State(message.JobId).ClaimAsync(Now);
        Assert.Equal((true, 1), (released!.IsReleased, released.Slice));
    }

    [Theory]
    [InlineData(typeof(RestorationCompleted))]
    [InlineData(typeof(RestorationRejected))]
    [InlineData(typeof(RestorationCancelled))]
    [InlineData(typeof(RestorationHandedBack))]
    [InlineData(typeof(SourceChanged))]
    public async Task Handle_UntilItsEndIsSaid_NoneRunsAloneBesideIt(Type end)
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", end == typeof(RestorationCompleted) ? "1" : "1000000"));
        var (saying, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        _worker.Bus.Sending = async (sent, _) =>
        {
            if (sent.GetType() == end)
            {
                saying.TrySetResult();
                await release.Task;
            }
        };
        message = Changed(message);
        var handling = _worker.Handle(message);
        if (end == typeof(RestorationCancelled))
        {
            await Started(_worker, handling);
            await _worker.Cancel(message);
        }
        else if (end == typeof(RestorationHandedBack))
        {
            await Started(_worker, handling);
            _worker.Lifetime.StopApplication();
        }

        await saying.Task.WaitAsync(s_patience, Now);
        var alone = _worker.Get<SlotGate>().EnterAsync(alone: true, Now);
        // As long as one whom nothing keeps out would take.
        await Task.WhenAny(alone, Task.Delay(200, Now));
        Assert.False(alone.IsCompleted);
        release.SetResult();
        await handling.WaitAsync(s_patience, Now);

        (await alone.WaitAsync(s_patience, Now)).Dispose();

        RestoreImage Changed(RestoreImage dropped)
        {
            if (end == typeof(RestorationRejected))
            {
                File.WriteAllText(Picture, "no picture at all");
                return _worker.Message("nothing/photo.png");
            }

            if (end == typeof(SourceChanged))
            {
                File.AppendAllText(Picture, "more");
            }

            return dropped;
        }
    }

    [Fact]
    public async Task Handle_ItsEndCannotBeSaid_LeavesItsPlaceWithTheMessage()
    {
        _worker.Bus.IsMute = true;

        await Assert.ThrowsAsync<ReturnMessageException>(() => _worker.Handle(_worker.Drop()));

        (await _worker.Get<SlotGate>().EnterAsync(alone: true, Now).WaitAsync(s_patience, Now)).Dispose();
    }

    [Fact]
    public async Task HandBack_TheBrokerConfirmsNothing_TheMessageItselfGoesOn()
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = _worker.Handle(message);
        await Started(_worker, handling);

        _worker.Bus.IsMute = true;
        _worker.Lifetime.StopApplication();

        await Assert.ThrowsAsync<ReturnMessageException>(() => handling.WaitAsync(s_patience, Now));
        await using var second = new Worker(_worker.Folder, ("Host:MaxHold", "00:00:01"), ("Host:CheckpointInterval", "00:00:00.5"));
        await second.Handle(message, redelivered: true);
        var started = Assert.Single(second.Bus.Events.OfType<RestorationStarted>());
        Assert.Equal((0, 1), (started.Slice, started.Attempt));
        Assert.Equal(1, Assert.Single(second.Bus.Continuations).Slice);
    }

    [Fact]
    public async Task HandBack_TheConnectionIsLostMeanwhile_GivesUpAtOnceAndReleasesTheMessagesOwnSlice()
    {
        using var lost = new CancellationTokenSource();
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        _worker.Bus.Sending = (sent, cancellation) => sent is RestoreImage ? Task.Delay(Timeout.Infinite, cancellation) : Task.CompletedTask;
        var handling = _worker.Deliver(message, false, lost.Token);
        await Started(_worker, handling);

        _worker.Lifetime.StopApplication();
        await lost.CancelAsync();

        await Assert.ThrowsAsync<ReturnMessageException>(() => handling.WaitAsync(s_patience, Now));
        var claim = await _worker.Storage.State(message.JobId).ClaimAsync(Now);
        Assert.Equal((true, 0), (claim!.IsReleased, claim.Slice));
    }

    [Fact]
    public async Task HandBack_KilledBeforeTheRelease_TheContinuationGoesOnAndCountsNoCrash_AndTheMessageIsDropped()
    {
        var hold = Path.Join(_worker.Folder, "hold");
        await File.WriteAllTextAsync(hold, "", Now);
        var message = _worker.Drop(preset: "short", set: [("iterations", "10"), ("hold", hold)]);
        await _worker.Abandoned(message, crashes: 2);

        // Two crashes before this slice: one more would fail the job.
        var handling = _worker.Handle(message with { Slice = 1 });
        await Until(() => Task.FromResult(handling.IsCompleted || File.Exists(hold + ".held")));
        await _worker.Handle(message, redelivered: true);
        File.Delete(hold);
        await handling.WaitAsync(s_patience, Now);

        Assert.Collection(
            _worker.Bus.Events,
            e =>
            {
                var started = Assert.IsType<RestorationStarted>(e);
                Assert.Equal((1, 3), (started.Slice, started.Attempt));
            },
            e => Assert.Equal(1, Assert.IsType<RestorationHandedBack>(e).NextSlice),
            e => Assert.IsType<RestorationCompleted>(e));
    }

    [Fact]
    public async Task HandBack_TheContinuationComesBeforeTheRelease_WaitsForIt()
    {
        var message = _worker.Drop();
        var state = _worker.Storage.State(message.JobId);
        var record = await _worker.Abandoned(message, crashes: 2);
        await using var owner = new OwnedClaim(state, record, TimeSpan.FromMilliseconds(20), TimeProvider.System, NullLogger.Instance);
        await using var patient = Patient();
        var handling = patient.Handle(message with { Slice = 1 });
        await Until(async () => handling.IsCompleted || await state.BeatOfAsync(record.Owner, Now) is not (null or "1" or "2"));

        Assert.False(handling.IsCompleted);
        await owner.ReleaseAsync(1, Now);
        await handling.WaitAsync(s_patience, Now);

        Assert.Equal(3, Assert.Single(patient.Bus.Events.OfType<RestorationStarted>()).Attempt);
        Assert.IsType<RestorationCompleted>(patient.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_TheStorageStaysAway_DefersAndReleasesTheClaimOnceItIsBack()
    {
        await using var worker = new Worker(_worker.Folder, ("Host:CheckpointInterval", "00:00:00.2"));
        var message = worker.Drop(preset: "short", set: ("iterations", "1000"));
        await _worker.Abandoned(message, crashes: 2);
        var isAway = false;
        worker.Results.Before = _ =>
        {
            if (Volatile.Read(ref isAway))
            {
                throw new StorageUnavailableException("restored", new IOException("away"));
            }
        };
        worker.Bus.Sending = (sent, _) =>
        {
            Volatile.Write(ref isAway, isAway || sent is RestorationStarted);
            return Task.CompletedTask;
        };
        var message2 = message with { Slice = 1 };
        var late = worker.Get<LateReleases>();
        await late.StartAsync(Now);

        await worker.Handle(message2);
        Assert.IsType<RestorationDeferred>(worker.Bus.Events[^1]);
        Volatile.Write(ref isAway, false);
        // Two crashes before: one more would fail the job.
        await using var patient = Patient();
        await patient.Handle(message2);

        Assert.Equal(3, Assert.Single(patient.Bus.Events.OfType<RestorationStarted>()).Attempt);
        Assert.IsType<RestorationCompleted>(patient.Bus.Events[^1]);
        await late.StopAsync(Now);
    }

    [Fact]
    public async Task Handle_TheStorageShowsNothingForAWhile_ReturnsTheMessageAndReleasesTheClaimOnceItIsBack()
    {
        await using var worker = new Worker(_worker.Folder, ("Host:CheckpointInterval", "00:00:00.2"));
        var late = worker.Get<LateReleases>();
        await late.StartAsync(Now);
        var message = worker.Drop(preset: "short", set: ("iterations", "1000"));
        await _worker.Abandoned(message, crashes: 2);
        var (results, away) = (worker.Result("").TrimEnd('/'), Path.Join(worker.Folder, "away"));
        worker.Bus.Sending = (sent, _) =>
        {
            if (sent is RestorationStarted)
            {
                Directory.Move(results, away);
                Directory.CreateDirectory(results);
            }

            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<ReturnMessageException>(() => worker.Handle(message with { Slice = 1 }));
        Directory.Delete(results, recursive: true);
        Directory.Move(away, results);
        // Two crashes before: one more would fail the job.
        await using var patient = Patient();
        await patient.Handle(message with { Slice = 1 }, redelivered: true);

        Assert.Equal(3, Assert.Single(patient.Bus.Events.OfType<RestorationStarted>()).Attempt);
        Assert.IsType<RestorationCompleted>(patient.Bus.Events[^1]);
        await late.StopAsync(Now);
    }

    [Fact]
    public async Task Claim_TheAnswerToItWasLost_IsKnownAsItsOwn()
    {
        // The second try of a resilient store finds what the first one made.
        _worker.Results.Created = _ => false;
        var message = _worker.Drop();

        await _worker.Handle(message);

        Assert.Equal(1, Assert.Single(_worker.Bus.Events.OfType<RestorationStarted>()).Attempt);
        Assert.IsType<RestorationCompleted>(_worker.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_CancelledWhileANewerGenerationHasTheJob_LeavesTheNewersClaimAndCheckpoint()
    {
        // Neither a sign of life nor a checkpoint finds the claim lost before the cancellation comes.
        await using var worker = new Worker(_worker.Folder, ("Host:ClaimBeat", "00:10:00"), ("Host:ClaimStaleAfter", "00:30:00"), ("Host:CheckpointInterval", "00:10:00"));
        var message = worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = worker.Handle(message);
        await Started(worker, handling);
        var state = worker.Storage.State(message.JobId);
        var newer = await worker.Abandoned(message with { Generation = 3 });
        await state.WriteCheckpointAsync(new CheckpointMark(0, 70) { Files = ["checkpoint.zip"] }, "checkpoint.zip", _ => { }, Now);

        await worker.Cancel(message);
        await handling.WaitAsync(s_patience, Now);

        Assert.IsType<RestorationCancelled>(worker.Bus.Events[^1]);
        Assert.Equal(newer.Owner, (await state.ClaimAsync(Now))?.Owner);
        Assert.Equal(70, (await state.CheckpointAsync(Now))?.Iteration);
    }

    [Fact]
    public async Task Handle_TakenOverBetweenTwoSignsOfLife_IsFoundAtTheNextCheckpoint()
    {
        // No sign of life finds it: only who asks before the checkpoint.
        await using var worker = new Worker(_worker.Folder, ("Host:ClaimBeat", "00:10:00"), ("Host:ClaimStaleAfter", "00:30:00"), ("Host:CheckpointInterval", "00:00:00.2"));
        var message = worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = worker.Handle(message);
        await Started(worker, handling);

        var other = await worker.Abandoned(message);
        await handling.WaitAsync(s_patience, Now);

        Assert.IsType<RestorationStarted>(Assert.Single(worker.Bus.Events));
        Assert.Equal(other.Owner, (await worker.Storage.State(message.JobId).ClaimAsync(Now))!.Owner);
    }

    [Fact]
    public async Task Handle_WhileTheWordOfItsBeginningIsNotWithTheBroker_NoIterationRuns()
    {
        // What a plugin takes with it when it crashes the process is known to have begun.
        var hold = Path.Join(_worker.Folder, "hold");
        await File.WriteAllTextAsync(hold, "", Now);
        var message = _worker.Drop(preset: "short", set: [("iterations", "5"), ("hold", hold)]);
        var ranBefore = true;
        _worker.Bus.Sending = async (sent, _) =>
        {
            if (sent is RestorationStarted)
            {
                // Longer than the way from here to an iteration.
                await Task.Delay(TimeSpan.FromSeconds(2), Now);
                ranBefore = File.Exists(hold + ".held");
                File.Delete(hold);
            }
        };

        await _worker.Handle(message).WaitAsync(s_patience, Now);

        Assert.False(ranBefore);
        Assert.IsType<RestorationCompleted>(_worker.Bus.Events[^1]);
    }

    [Fact]
    public async Task Handle_TakenOverBeforeTheCommit_WritesNoResult()
    {
        await using var worker = new Worker(_worker.Folder, ("Host:ClaimBeat", "00:10:00"), ("Host:ClaimStaleAfter", "00:30:00"), ("Host:CheckpointInterval", "00:10:00"));
        var message = worker.Drop();
        JobClaim? other = null;
        worker.Bus.Sending = async (sent, _) => other = sent is RestorationStarted ? await worker.Abandoned(message) : other;

        await worker.Handle(message).WaitAsync(s_patience, Now);

        Assert.IsType<RestorationStarted>(Assert.Single(worker.Bus.Events));
        Assert.False(File.Exists(worker.Result(message.Output)));
        Assert.Equal(other!.Owner, (await worker.Storage.State(message.JobId).ClaimAsync(Now))!.Owner);
    }

    [Fact]
    public async Task Handle_ACancellationWhoseMessageWasLost_IsFoundAtTheNextCheckpoint()
    {
        await using var worker = new Worker(_worker.Folder, ("Host:CheckpointInterval", "00:00:00.2"));
        var message = worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = worker.Handle(message);
        await Started(worker, handling);

        await worker.Storage.State(message.JobId).CancelAsync(new CancelMark(message.Generation, "cancelled by a person"), Now);
        await handling.WaitAsync(s_patience, Now);

        Assert.Equal("cancelled by a person", Assert.IsType<RestorationCancelled>(worker.Bus.Events[^1]).Reason);
        Assert.False(File.Exists(worker.Result(message.Output)));
    }

    [Fact]
    public async Task Handle_TheClaimIsLostToNobody_ReturnsTheMessage()
    {
        var message = _worker.Drop(preset: "short", set: ("iterations", "1000000"));
        var handling = _worker.Handle(message);
        await Started(_worker, handling);

        await _worker.Storage.State(message.JobId).RemoveAsync(Now);

        await Assert.ThrowsAsync<ReturnMessageException>(() => handling.WaitAsync(s_patience, Now));
    }

    [Fact]
    public async Task Handle_RedeliveredWhileAnotherIsAtWork_ReturnsTheMessageAfterItsPatience()
    {
        await using var impatient = new Worker(_worker.Folder, ("Host:ClaimStaleAfter", "00:00:10"), ("Host:ClaimPatience", "00:00:00.5"));
        var message = _worker.Drop();
        var record = await _worker.Abandoned(message);
        await using var owner = new OwnedClaim(_worker.Storage.State(message.JobId), record, TimeSpan.FromMilliseconds(20), TimeProvider.System, NullLogger.Instance);

        var returned = await Assert.ThrowsAsync<ReturnMessageException>(() => impatient.Handle(message, redelivered: true));

        Assert.Contains("at work", returned.Message, StringComparison.Ordinal);
        await impatient.Handle(message);
        Assert.Empty(impatient.Bus.Events);
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public async Task Handle_AResultWhoseHostDiedBeforeItCleanedUp_RemovesTheStateUnlessItIsANewerGenerations(int generation, bool isRemoved)
    {
        var message = _worker.Drop();
        await _worker.Handle(message);
        await _worker.Abandoned(message with { Generation = generation });

        await _worker.Handle(message, redelivered: true);

        Assert.IsType<RestorationCompleted>(_worker.Bus.Events[^1]);
        Assert.Equal(isRemoved, _worker.StateFolders.Count == 0);
    }

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private string Picture => Path.Join(_worker.Folder, "watch/nothing/photo.png");

    /// <summary>A Host that takes no other for dead while this machine is busy.</summary>
    private Worker Patient() => new(_worker.Folder, ("Host:ClaimStaleAfter", "00:00:10"), ("Host:ClaimPatience", "00:01:00"));

    private static Task Started(Worker worker, Task handling) => Until(() =>
    {
        Assert.False(handling.IsCompleted);
        return Task.FromResult(worker.Bus.Sent.OfType<RestorationProgressed>().Any());
    });

    private static async Task Until(Func<Task<bool>> condition)
    {
        var began = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < s_patience, "Waited in vain.");
            await Task.Delay(5, Now);
        }
    }
}
