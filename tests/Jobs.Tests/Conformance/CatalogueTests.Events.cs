using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Queries;
using static DipPipeline.Jobs.Tests.Hosts;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task Apply_StartProgressAndEnd_MovesTheJobForward()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();

        Assert.True(await ApplyAsync(Started(message)));
        Assert.True(await ApplyAsync(Progressed(message, iteration: 1500)));
        var running = (await ShowAsync("1")).Summary;
        Assert.Equal((JobState.Running, "one", new JobProgress(1500, 3000, 10.5, 290, double.NaN)), (running.State, running.Host, running.Progress));

        Time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(await ApplyAsync(Completed(message)));
        var job = await ShowAsync("1");
        Assert.Equal((JobState.Completed, Time.GetUtcNow()), (job.Summary.State, job.Summary.EndedAt));
        Assert.Equal(2500, job.Metrics!.ChosenIteration);
        Assert.Equal((1, 1, "one", 0, AttemptOutcome.Completed), Assert.Single(job.Attempts) is var a ? (a.Generation, a.Number, a.Host, a.Slice, a.Outcome) : default);
    }

    [Fact]
    public async Task Apply_AnAttemptAfterOneThatNeverEnded_ClosesThatAsLost()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await ApplyAsync(Started(message, "one"));

        await ApplyAsync(Started(message, "two", attempt: 2));

        Assert.Equal(
            [(1, "one", AttemptOutcome.Lost), (2, "two", null)],
            (await ShowAsync("1")).Attempts.Select(a => (a.Number, a.Host, a.Outcome)));
    }

    [Fact]
    public async Task Apply_HandedBack_IsQueuedWithTheNextSliceAndOlderSlicesArePassedOver()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await ApplyAsync(Started(message));

        Assert.True(await ApplyAsync(HandedBack(message, 1)));

        Assert.Equal((JobState.Queued, 1), await ShowAsync("1") is { Summary: var s } ? (s.State, s.Slice) : default);
        Assert.False(await ApplyAsync(HandedBack(message, 1)));
        Assert.False(await ApplyAsync(Started(message, "late")));
        Assert.False(await ApplyAsync(Progressed(message)));
        Assert.Equal(JobState.Queued, await StateAsync("1"));

        Assert.True(await ApplyAsync(Started(message, "two", slice: 1)));
        Assert.Equal([AttemptOutcome.HandedBack, null], (await ShowAsync("1")).Attempts.Select(a => a.Outcome));
    }

    [Fact]
    public async Task Apply_TheSameStartTwice_IsOneAttempt()
    {
        await EnterAsync(Picture("a", "1"));
        var started = Started(await TakeOneAsync());

        Assert.Equal([true, false], (await Catalogue.ApplyAsync([started, started], Cancelled)).Select(o => o.Applied));
        Assert.False(await ApplyAsync(started));

        Assert.Single((await ShowAsync("1")).Attempts);
    }

    public static TheoryData<string> Ends => ["completed", "rejected", "failed", "cancelled"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task Apply_AnythingButAResultAfterAnEnd_IsPassedOver(string end)
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await ApplyAsync(Started(message));
        Assert.True(await ApplyAsync(End(message, end)));
        var state = await StateAsync("1");

        IJobEvent[] late =
        [
            Started(message), Progressed(message), HandedBack(message, 3), Deferred(message), Rejected(message), Failed(message), Hosts.Cancelled(message), SourceChanged(message),
        ];
        Assert.All(await Catalogue.ApplyAsync(late, Cancelled), outcome => Assert.Equal((false, state), (outcome.Applied, outcome.State)));

        Assert.Equal(Enum.Parse<JobState>(end, ignoreCase: true), await StateAsync("1"));
    }

    [Theory]
    [InlineData("failed", true)]
    [InlineData("cancelled", true)]
    [InlineData("rejected", false)]
    [InlineData("completed", false)]
    public async Task Apply_AResultAfterAnEnd_ReplacesJudgementsOnly(string end, bool replaces)
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await ApplyAsync(End(message, end));

        Assert.Equal(replaces, await ApplyAsync(Completed(message)));

        var job = await ShowAsync("1");
        Assert.Equal(end == "rejected" ? JobState.Rejected : JobState.Completed, job.Summary.State);
        Assert.Equal(end == "rejected" ? "It is no picture." : null, job.Summary.Reason);
    }

    [Fact]
    public async Task Apply_AnotherGeneration_IsPassedOver()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await ApplyAsync(Failed(message));
        await Catalogue.RetryAsync([Id("1")], Cancelled);

        Assert.All(
            await Catalogue.ApplyAsync([Completed(message), Started(message), Completed(message with { Generation = 3 })], Cancelled),
            outcome => Assert.False(outcome.Applied));

        Assert.Equal(JobState.Waiting, await StateAsync("1"));
    }

    [Fact]
    public async Task Apply_AJobThatIsNotThere_IsPassedOver()
    {
        var message = new RestoreImage
        {
            JobId = "none", Generation = 1, Task = "", PluginVersion = "", Preset = "", Options = new Dictionary<string, string>(), Seed = 0,
            Picture = new("", "", 0), Output = "",
        };

        Assert.Equal((false, null), await Catalogue.ApplyAsync(Started(message), Cancelled) is var o ? (o.Applied, o.State) : default);
    }

    [Fact]
    public async Task Apply_FailedAndRejected_KeepReasonAndHistory()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"));
        var messages = await Catalogue.TakeAsync(2, Cancelled);

        await Catalogue.ApplyAsync([Failed(messages[0].Message, "Host one: out of memory.", "Host two:\nkilled."), Rejected(messages[1].Message)], Cancelled);

        var failed = await ShowAsync("1");
        Assert.Equal((JobState.Failed, "It crashed 3 times."), (failed.Summary.State, failed.Summary.Reason));
        Assert.Equal(["Host one: out of memory.", "Host two: killed."], failed.History);
        Assert.Equal((JobState.Rejected, "It is no picture."), await ShowAsync("2") is { Summary: var s } ? (s.State, s.Reason) : default);
    }

    [Fact]
    public async Task Apply_Deferred_WaitsLongerEachTimeAndFailsInTheEnd()
    {
        Options.MaxDeferrals = 9;
        await EnterAsync(Picture("a", "1"));
        var start = Time.GetUtcNow();
        List<double> delays = [];
        for (var i = 0; i < Options.MaxDeferrals; i++)
        {
            var message = await TakeOneAsync();
            await Catalogue.ApplyAsync([Started(message), Progressed(message)], Cancelled);
            Assert.True(await ApplyAsync(Deferred(message)));
            var (state, due) = await ShowAsync("1") is { Summary: var s } ? (s.State, s.DueAt) : default;
            Assert.Equal((JobState.Waiting, await Catalogue.NextDueAsync(Cancelled)), (state, due));
            delays.Add((due!.Value - Time.GetUtcNow()).TotalSeconds);
            Time.SetUtcNow(due.Value.AddTicks(-1));
            Assert.Empty(await TakeAsync(1));
            Time.SetUtcNow(due.Value);
        }

        Assert.Equal([10, 20, 40, 80, 160, 320, 600, 600, 600], delays);
        Assert.True(await ApplyAsync(Deferred(await TakeOneAsync())));
        var failed = await ShowAsync("1");
        Assert.Equal((JobState.Failed, "Deferred 10 times in a row; the last time: The storage is away."), (failed.Summary.State, failed.Summary.Reason));
        Assert.Equal(9, failed.Attempts.Count);
        Assert.Null(await Catalogue.NextDueAsync(Cancelled));
    }

    [Fact]
    public async Task Apply_HandedBackAfterDeferrals_CountsThemAnew()
    {
        await EnterAsync(Picture("a", "1"));
        await ApplyAsync(Deferred(await TakeOneAsync()));
        Time.Advance(TimeSpan.FromSeconds(10));
        var message = await TakeOneAsync();
        await ApplyAsync(Started(message));
        await ApplyAsync(HandedBack(message, 1));

        await ApplyAsync(Deferred(message));

        Assert.Equal(Time.GetUtcNow().AddSeconds(10), await Catalogue.NextDueAsync(Cancelled));
        Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(1, (await TakeOneAsync()).Slice);
    }

    [Fact]
    public async Task Apply_TheSameDeferralAfterItWasPublishedAgain_IsPassedOver()
    {
        await EnterAsync(Picture("a", "1"));
        var deferred = Deferred(await TakeOneAsync());
        await ApplyAsync(deferred);
        Assert.False(await ApplyAsync(deferred));
        Time.Advance(TimeSpan.FromSeconds(10));
        await TakeOneAsync();

        Assert.False(await ApplyAsync(deferred));

        Assert.Equal(JobState.Queued, await StateAsync("1"));
    }

    [Fact]
    public async Task Apply_LateProgressOfADeferredJob_LeavesItWaiting()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await Catalogue.ApplyAsync([Started(message), Deferred(message)], Cancelled);

        Assert.False(await ApplyAsync(Progressed(message)));

        Assert.Equal(JobState.Waiting, await StateAsync("1"));
    }

    [Fact]
    public async Task Apply_StartOfAnAttemptThatWasDeferred_LeavesTheJobAsItIs()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        var started = Started(message);
        Time.Advance(TimeSpan.FromSeconds(1));
        await ApplyAsync(Deferred(message));

        Assert.False(await ApplyAsync(started));
        Assert.Equal(JobState.Waiting, await StateAsync("1"));

        Time.Advance(TimeSpan.FromHours(1));
        Assert.True(await ApplyAsync(Started(await TakeOneAsync())));
    }

    [Fact]
    public async Task Apply_DeferredWhileACancelIsRequested_IsCancelled()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await Catalogue.CancelAsync([Id("1")], Cancelled);

        await ApplyAsync(Deferred(message));

        Assert.Equal((JobState.Cancelled, "Cancelled on request."), await ShowAsync("1") is { Summary: var s } ? (s.State, s.Reason) : default);
    }

    [Fact]
    public async Task Apply_SourceChanged_AllItsSourcesAreLookedAtAndTheSameContentIsQueuedAgain()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "1"), Picture("c", "2"));
        var message = (await Catalogue.TakeAsync(1, Cancelled))[0].Message;

        Assert.True(await ApplyAsync(SourceChanged(message, found: null)));

        Assert.Equal((JobState.Cancelled, "'denoise/a.png' is gone."), await ShowAsync("1") is { Summary: var s } ? (s.State, s.Reason) : default);
        Assert.Equal(["denoise/a.png", "denoise/b.png"], (await Catalogue.ReexaminationsAsync(Cancelled)).Order());

        // The first is another picture by now, the second still the same.
        var entered = await EnterAsync(Picture("a", "3"), Picture("b", "1"));
        Assert.Equal([new(Id("3"), Entry.EntryOutcome.New, 2), new(Id("1"), Entry.EntryOutcome.Requeued, 2)], entered.Entered);
    }

    [Fact]
    public async Task Apply_SourceChangedButTheSameAfterAll_IsDeferredLongerEachTimeAsTheSameGenerationAndFailsInTheEnd()
    {
        Options.MaxDeferrals = 3;
        await EnterAsync(Picture("a", "1"));
        List<double> delays = [];
        for (var i = 0; i < Options.MaxDeferrals; i++)
        {
            var message = await TakeOneAsync();
            Assert.Equal(1, message.Generation);
            await ApplyAsync(SourceChanged(message, found: null));

            Assert.Equal([new(Id("1"), Entry.EntryOutcome.Requeued, 1)], (await EnterAsync(Picture("a", "1"))).Entered);

            var waiting = (await ShowAsync("1")).Summary;
            Assert.Equal((JobState.Waiting, "'denoise/a.png' is gone."), (waiting.State, waiting.Reason));
            delays.Add((waiting.DueAt!.Value - Time.GetUtcNow()).TotalSeconds);
            Time.SetUtcNow(waiting.DueAt.Value);
        }

        Assert.Equal([10, 20, 40], delays);
        await ApplyAsync(SourceChanged(await TakeOneAsync(), found: null));
        Assert.Equal(
            (JobState.Failed, "Deferred 4 times in a row; the last time: 'denoise/a.png' is gone."),
            await ShowAsync("1") is { Summary: var s } ? (s.State, s.Reason) : default);

        await Catalogue.RetryAsync([Id("1")], Cancelled);
        Assert.Equal(2, (await TakeOneAsync()).Generation);
    }

    [Fact]
    public async Task Apply_SourceOfAJobWithCopiesSeenAsGone_PassesFromOneToTheOtherButKeepsCounting()
    {
        Options.MaxDeferrals = 4;
        await EnterAsync(Picture("a", "1"), Picture("b", "1"));
        for (var i = 0; i < Options.MaxDeferrals; i++)
        {
            await ApplyAsync(SourceChanged(await TakeOneAsync(), found: null));
            // Both are looked at, the one that has not got it first.
            var holder = (await ShowAsync("1")).Summary.Path == "denoise/a.png" ? "a" : "b";
            await EnterAsync(Picture(holder == "a" ? "b" : "a", "1"), Picture(holder, "1"));
            Assert.Empty(await Catalogue.TakeAsync(1, Cancelled));
            Time.Advance(TimeSpan.FromMinutes(10));
        }

        await ApplyAsync(SourceChanged(await TakeOneAsync(), found: null));
        Assert.Equal(JobState.Failed, await StateAsync("1"));
    }

    [Fact]
    public async Task Apply_DeferredByHostsThatLackTheVersion_WaitsLongerEachTimeAndNeverFails()
    {
        Options.MaxDeferrals = 2;
        await EnterAsync(Picture("a", "1"));
        List<double> delays = [];
        for (var i = 0; i < 9; i++)
        {
            await ApplyAsync(Deferred(await TakeOneAsync()) with { IsElsewhere = true });
            var waiting = (await ShowAsync("1")).Summary;
            Assert.Equal((JobState.Waiting, "The storage is away."), (waiting.State, waiting.Reason));
            delays.Add((waiting.DueAt!.Value - Time.GetUtcNow()).TotalSeconds);
            Time.SetUtcNow(waiting.DueAt.Value);
        }

        Assert.Equal([10, 20, 40, 80, 160, 320, 600, 600, 600], delays);
        // Nor do they bring others nearer to it.
        await ApplyAsync(Deferred(await TakeOneAsync()));
        Assert.Equal(10, ((await ShowAsync("1")).Summary.DueAt!.Value - Time.GetUtcNow()).TotalSeconds);
    }

    private static IJobEvent End(RestoreImage message, string end) => end switch
    {
        "completed" => Completed(message),
        "rejected" => Rejected(message),
        "failed" => Failed(message, "Host one: killed."),
        _ => Hosts.Cancelled(message),
    };
}
