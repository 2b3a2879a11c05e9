using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Entry;
using static DipPipeline.Jobs.Tests.Hosts;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task Enter_NewPicture_WaitsWithAllThatItsMessageNeeds()
    {
        var entry = Picture("a", "1") with
        {
            Companions = new Dictionary<string, SourceFile> { ["mask"] = new("denoise/a.mask.png", "ff", 5) },
            Priority = 3,
        };

        Assert.Equal(new EnteredJob(entry.JobId, EntryOutcome.New, 1), Assert.Single((await EnterAsync(entry)).Entered));
        var message = await TakeOneAsync();

        Assert.Equal((entry.JobId, 1, 0, "denoise", "1.2.0", "default"), (message.JobId, message.Generation, message.Slice, message.Task, message.PluginVersion, message.Preset));
        Assert.Equal((entry.Seed, entry.Picture, entry.Output), (message.Seed, message.Picture, message.Output));
        Assert.Equal(entry.Options, message.Options);
        Assert.Equal(entry.Companions, message.Companions);
    }

    [Fact]
    public async Task Enter_TheSameAgain_ChangesNothing()
    {
        await CompleteAsync(Picture("a", "1"));

        Assert.Equal(EntryOutcome.Known, await EnterOneAsync(Picture("a", "1")));

        Assert.Empty(await Catalogue.TakeAsync(10, Cancelled));
        Assert.Equal(1, (await ShowAsync("1")).Summary.Generation);
    }

    [Fact]
    public async Task Enter_AWaitingJobAgainWithOtherPriority_GoesByThatOne()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3"));

        await EnterAsync(Picture("b", "2") with { Priority = 2 });
        await EnterAsync(Picture("d", "3") with { Priority = 1 });
        await EnterAsync(Picture("d", "3"));

        Assert.Equal([Id("2"), Id("3"), Id("1")], (await Catalogue.TakeAsync(3, Cancelled)).Select(j => j.Message.JobId));
    }

    [Fact]
    public async Task Enter_ChangedContentOfAWaitingJob_CancelsItAtOnce()
    {
        await EnterAsync(Picture("a", "1"));

        var report = await EnterAsync(Picture("a", "2"));

        Assert.Equal([new(Id("2"), EntryOutcome.New, 2)], report.Entered);
        Assert.Empty(report.Cancels);
        var old = (await ShowAsync("1")).Summary;
        Assert.Equal((JobState.Cancelled, "Superseded by a newer version of 'denoise/a.png'."), (old.State, old.Reason));
        Assert.Equal((Id("2"), 2), await TakeOneAsync() is var message ? (message.JobId, message.Generation) : default);
    }

    [Fact]
    public async Task Enter_ChangedContentOfAJobAtWork_AsksForItsEndAndItEnds()
    {
        await EnterAsync(Picture("a", "1"));
        var message = await TakeOneAsync();
        await ApplyAsync(Started(message));

        var report = await EnterAsync(Picture("a", "2"));

        Assert.Equal([new CancelRestoration(Id("1"), 1)], report.Cancels);
        Assert.Equal(report.Cancels, await Catalogue.CancelRequestsAsync(Cancelled));
        Assert.Equal((JobState.Running, true), await ShowAsync("1") is { Summary: var s } ? (s.State, s.IsCancelling) : default);

        Assert.True(await ApplyAsync(Hosts.Cancelled(message)));

        var old = (await ShowAsync("1")).Summary;
        Assert.Equal((JobState.Cancelled, false, "Superseded by a newer version of 'denoise/a.png'."), (old.State, old.IsCancelling, old.Reason));
    }

    [Fact]
    public async Task Enter_ChangedContentOfACompletedJob_LeavesItCompleted()
    {
        await CompleteAsync(Picture("a", "1"));

        Assert.Equal([new(Id("2"), EntryOutcome.New, 2)], (await EnterAsync(Picture("a", "2"))).Entered);

        Assert.Equal(JobState.Completed, await StateAsync("1"));
    }

    [Fact]
    public async Task Enter_ContentThatComesBackAfterItsResultWasOverwritten_IsDoneAgain()
    {
        await CompleteAsync(Picture("a", "1"));
        await CompleteAsync(Picture("a", "2"));

        Assert.Equal([new(Id("1"), EntryOutcome.Requeued, 3)], (await EnterAsync(Picture("a", "1"))).Entered);

        var (message, clearState) = Assert.Single(await Catalogue.TakeAsync(10, Cancelled));
        Assert.Equal((Id("1"), 3, true), (message.JobId, message.Generation, clearState));
        Assert.True(await ApplyAsync(Completed(message)));
        Assert.Equal(3, (await ShowAsync("1")).Metrics!.Generation);
    }

    [Fact]
    public async Task Enter_ContentThatComesBackAfterItsJobWasSuperseded_IsQueuedAgain()
    {
        await EnterAsync(Picture("a", "1"));
        await EnterAsync(Picture("a", "2"));

        var report = await EnterAsync(Picture("a", "1"));

        Assert.Equal([new(Id("1"), EntryOutcome.Requeued, 3)], report.Entered);
        Assert.Equal((JobState.Waiting, JobState.Cancelled), (await StateAsync("1"), await StateAsync("2")));
    }

    [Fact]
    public async Task Enter_ContentThatComesBackWhileItsJobIsStillStopping_IsQueuedAgainAndTheLateAnswerPassedOver()
    {
        await EnterAsync(Picture("a", "1"));
        var first = await TakeOneAsync();
        await ApplyAsync(Started(first));
        await EnterAsync(Picture("a", "2"));

        Assert.Equal(EntryOutcome.Requeued, await EnterOneAsync(Picture("a", "1")));

        Assert.False(await ApplyAsync(Hosts.Cancelled(first)));
        var job = await ShowAsync("1");
        Assert.Equal((JobState.Waiting, 3, false), (job.Summary.State, job.Summary.Generation, job.Summary.IsCancelling));
        Assert.NotNull(Assert.Single(job.Attempts).EndedAt);
        Assert.Contains(new CancelRestoration(Id("1"), 1), await Catalogue.CancelRequestsAsync(Cancelled));
    }

    [Fact]
    public async Task Enter_TheSameContentElsewhere_GetsACopyOnceItIsDone()
    {
        await EnterAsync(Picture("a", "1"));
        Assert.Equal([new(Id("1"), EntryOutcome.Copy, 1)], (await EnterAsync(Picture("b", "1"))).Entered);
        Assert.Empty(await Catalogue.PendingCopiesAsync("", 10, Cancelled));

        await CompleteWaitingAsync();

        Assert.Equal([new PendingCopy("denoise/b.png", 1, "denoise/b.png", Id("1"), "denoise/a.png")], await Catalogue.PendingCopiesAsync("", 10, Cancelled));
    }

    [Fact]
    public async Task Enter_TheSameContentElsewhereAfterItIsDone_GetsACopyAtOnce()
    {
        await CompleteAsync(Picture("a", "1"));

        Assert.Equal(EntryOutcome.Copy, await EnterOneAsync(Picture("b", "1")));

        Assert.Equal("denoise/b.png", Assert.Single(await Catalogue.PendingCopiesAsync("", 10, Cancelled)).Output);
    }

    [Fact]
    public async Task Enter_TheSameContentTwiceInABatch_IsOneJobAndACopy()
    {
        var report = await EnterAsync(Picture("a", "1"), Picture("b", "1"), Picture("b", "1"));

        Assert.Equal([EntryOutcome.New, EntryOutcome.Copy, EntryOutcome.Known], report.Entered.Select(e => e.Outcome));
        Assert.Equal("denoise/a.png", (await TakeOneAsync()).Output);
    }

    [Fact]
    public async Task Enter_TwoVersionsOfAPictureInABatch_TheLaterCounts()
    {
        var report = await EnterAsync(Picture("a", "1"), Picture("a", "2"));

        Assert.Equal([new(Id("1"), EntryOutcome.New, 1), new(Id("2"), EntryOutcome.New, 2)], report.Entered);
        Assert.Equal(JobState.Cancelled, await StateAsync("1"));
        Assert.Equal(Id("2"), (await TakeOneAsync()).JobId);
    }

    [Fact]
    public async Task Enter_TwoCompletedPicturesChangePlaces_OneIsCopiedAndTheOtherDoneAgain()
    {
        await CompleteAsync(Picture("a", "1"));
        await CompleteAsync(Picture("b", "2"));

        var report = await EnterAsync(Picture("a", "2"), Picture("b", "1"));

        Assert.Equal([new(Id("2"), EntryOutcome.Copy, 2), new(Id("1"), EntryOutcome.Requeued, 2)], report.Entered);
        Assert.Equal("denoise/b.png", (await TakeOneAsync()).Output);
        Assert.Equal(("denoise/a.png", "denoise/b.png"), Assert.Single(await Catalogue.PendingCopiesAsync("", 10, Cancelled)) is var c ? (c.Output, c.Original) : default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Enter_ChangedContentOfAJobThatAnotherSourceWants_ThatSourceTakesItOver(bool isAtWork)
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "1"));
        if (isAtWork)
        {
            await ApplyAsync(Started(await TakeOneAsync()));
        }

        var report = await EnterAsync(Picture("a", "2"));

        Assert.Equal(isAtWork ? 1 : 0, report.Cancels.Count);
        Assert.Equal(["denoise/b.png"], await Catalogue.ReexaminationsAsync(Cancelled));
        Assert.Equal([new(Id("1"), EntryOutcome.Requeued, 2)], (await EnterAsync(Picture("b", "1"))).Entered);
        var job = await ShowAsync("1");
        Assert.Equal((JobState.Waiting, "denoise/b.png", "denoise/b.png"), (job.Summary.State, job.Summary.Output, job.Summary.Path));
        Assert.Equal(new JobPlacementView("denoise/b.png", PlacementState.Own), View(Assert.Single(job.Placements)));
    }

    [Fact]
    public async Task Enter_ACopyIsOverwritten_TheOriginalsJobGoesOn()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "1"));

        Assert.Equal([new(Id("2"), EntryOutcome.New, 2)], (await EnterAsync(Picture("b", "2"))).Entered);

        Assert.Equal(JobState.Waiting, await StateAsync("1"));
        Assert.Empty(await Catalogue.ReexaminationsAsync(Cancelled));
    }

    [Fact]
    public async Task Enter_Refused_IsRejectedAndNeverPublished()
    {
        var entry = Refused("a", "1", "'denoise/a.options.json' names an option 'depht'.");

        Assert.Equal([new(Id("1"), EntryOutcome.Rejected, 1)], (await EnterAsync(entry)).Entered);

        Assert.Empty(await Catalogue.TakeAsync(10, Cancelled));
        var job = (await ShowAsync("1")).Summary;
        Assert.Equal((JobState.Rejected, entry.Refusal, Time.GetUtcNow()), (job.State, job.Reason, job.EndedAt));
        Assert.Equal(EntryOutcome.Known, await EnterOneAsync(entry));
    }

    [Fact]
    public async Task Enter_RefusedAfterAGoodVersion_SupersedesIt()
    {
        await EnterAsync(Picture("a", "1"));

        Assert.Equal([new(Id("2"), EntryOutcome.Rejected, 2)], (await EnterAsync(Refused("a", "2", "No."))).Entered);

        Assert.Equal(JobState.Cancelled, await StateAsync("1"));
    }

    [Fact]
    public async Task Enter_WhatWasRefusedBefore_IsQueued()
    {
        await EnterAsync(Refused("a", "1", "There is no task 'denoise'."));

        Assert.Equal([new(Id("1"), EntryOutcome.Requeued, 2)], (await EnterAsync(Picture("a", "1"))).Entered);

        Assert.Equal((2, JobState.Queued), (await TakeOneAsync() is var m ? m.Generation : 0, await StateAsync("1")));
    }

    [Fact]
    public async Task Enter_RefusedGoodAndRefusedAgain_IsRejectedAsTheNewestGeneration()
    {
        await EnterAsync(Refused("a", "1", "No."));
        await EnterAsync(Picture("a", "2"));

        Assert.Equal([new(Id("1"), EntryOutcome.Rejected, 3)], (await EnterAsync(Refused("a", "1", "No."))).Entered);

        Assert.Equal((JobState.Rejected, JobState.Cancelled), (await StateAsync("1"), await StateAsync("2")));
        Assert.Empty(await Catalogue.TakeAsync(10, Cancelled));
    }

    [Fact]
    public async Task Enter_AnEntryThatBreaksARule_LeavesNothingOfTheBatch()
    {
        await Assert.ThrowsAnyAsync<Exception>(() => EnterAsync(Picture("a", "1"), Picture("b", "2") with { Task = null! }));

        Assert.Empty(await Catalogue.ListAsync(new(), Cancelled));
        Assert.Empty(await SourcesAsync());
    }

    private static string Id(string content) => content.PadRight(32, '0');

    private protected sealed record JobPlacementView(string Output, PlacementState State);

    private static JobPlacementView View(Queries.JobPlacement placement) => new(placement.Output, placement.State);
}
