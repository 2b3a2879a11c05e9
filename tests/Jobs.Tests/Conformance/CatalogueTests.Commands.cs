using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Commands;
using DipPipeline.Jobs.Queries;
using static DipPipeline.Jobs.Tests.Hosts;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task Cancel_ByIds_DoesWhatEachStateAllowsAndReportsTheRest()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3") with { Priority = 1 }, Picture("d", "4") with { Priority = 1 });
        var messages = await Catalogue.TakeAsync(2, Cancelled);
        await ApplyAsync(Completed(messages[1].Message));

        var report = await Catalogue.CancelAsync([Id("1"), Id("3"), Id("4"), "unknown"], Cancelled);

        Assert.Equal((1, 1), (report.Done, report.Pending));
        Assert.Equal([new(Id("4"), "It has ended already: completed."), new UntouchedJob("unknown", "No job has this id.")], report.Untouched);
        Assert.Equal(
            [JobState.Cancelled, JobState.Waiting, JobState.Queued, JobState.Completed],
            [await StateAsync("1"), await StateAsync("2"), await StateAsync("3"), await StateAsync("4")]);
        Assert.Equal("Cancelled on request.", (await ShowAsync("1")).Summary.Reason);
        Assert.True((await ShowAsync("3")).Summary.IsCancelling);
    }

    [Fact]
    public async Task CancelRequests_UntilSent_AreToldAgain()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"));
        await TakeAsync(2);
        await Catalogue.CancelAsync([Id("1"), Id("2")], Cancelled);
        await Catalogue.CancelAsync([Id("1"), Id("2")], Cancelled);

        Assert.Equal(2, (await Catalogue.CancelRequestsAsync(Cancelled)).Count);
        await Catalogue.CancelSentAsync([new CancelRestoration(Id("1"), 1)], Cancelled);

        Assert.Equal([new CancelRestoration(Id("2"), 1)], await Catalogue.CancelRequestsAsync(Cancelled));
    }

    [Fact]
    public async Task Cancel_ByFilter_TakesOnlyWhatFits()
    {
        await EnterAsync(Picture("x/a", "1"), Picture("y/b", "2"), Picture("x/c", "3"));
        await TakeAsync(1);

        var report = await Catalogue.CancelAsync(new JobFilter { Path = "*/x/*" }, Cancelled);

        Assert.Equal((1, 1, 0), (report.Done, report.Pending, report.Untouched.Count));
        Assert.Equal([JobState.Queued, JobState.Waiting, JobState.Cancelled], [await StateAsync("1"), await StateAsync("2"), await StateAsync("3")]);
    }

    [Fact]
    public async Task Cancel_ADeferredJob_IsNeverDue()
    {
        await EnterAsync(Picture("a", "1"));
        await ApplyAsync(Deferred(await TakeOneAsync()));

        await Catalogue.CancelAsync(new JobFilter(), Cancelled);

        Assert.Equal(JobState.Cancelled, await StateAsync("1"));
        Assert.Null(await Catalogue.NextDueAsync(Cancelled));
    }

    [Fact]
    public async Task Cancel_ThenTheSamePictureAgain_StaysCancelled()
    {
        await EnterAsync(Picture("a", "1"));
        await Catalogue.CancelAsync([Id("1")], Cancelled);

        Assert.Equal(Entry.EntryOutcome.Known, await EnterOneAsync(Picture("a", "1")));

        Assert.Equal(JobState.Cancelled, await StateAsync("1"));
    }

    [Fact]
    public async Task Retry_WhatDidNotEndWell_WaitsAgainWithoutItsPast()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3"), Picture("d", "4"), Picture("e", "5"));
        var messages = (await Catalogue.TakeAsync(4, Cancelled)).Select(j => j.Message).ToList();
        await Catalogue.ApplyAsync([Failed(messages[0], "Killed."), Rejected(messages[1]), Hosts.Cancelled(messages[2]), Completed(messages[3])], Cancelled);

        var report = await Catalogue.RetryAsync(new JobFilter { Task = "denoise" }, Cancelled);

        Assert.Equal((3, 0, 0), (report.Done, report.Pending, report.Untouched.Count));
        Assert.Equal(
            [("1", 2, true), ("2", 2, true), ("3", 2, true), ("5", 1, false)],
            (await Catalogue.TakeAsync(10, Cancelled)).Select(j => (j.Message.JobId.TrimEnd('0'), j.Message.Generation, j.ClearState)));
        var job = await ShowAsync("1");
        Assert.Null(job.Summary.Reason);
        Assert.Empty(job.History);
        Assert.Equal(2, Assert.Single(job.Placements).Generation);
    }

    [Fact]
    public async Task Retry_ByIds_ReportsWhatIsLeftAlone()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"));
        await CompleteWaitingAsync();
        await EnterAsync(Picture("c", "3"));

        var report = await Catalogue.RetryAsync([Id("1"), Id("3"), "unknown"], Cancelled);

        Assert.Equal(0, report.Done);
        Assert.Equal(
            [
                (Id("1"), "It is completed; only a rejected, failed or cancelled job can be tried again."),
                (Id("3"), "It is waiting; only a rejected, failed or cancelled job can be tried again."),
                ("unknown", "No job has this id."),
            ],
            report.Untouched.Select(u => (u.JobId, u.Reason)));
    }

    [Fact]
    public async Task Retry_RejectedByTheWatcher_HasItsSourceLookedAtAgain()
    {
        await EnterAsync(Refused("a", "1", "No mask."));

        var report = await Catalogue.RetryAsync(new JobFilter { States = [JobState.Rejected] }, Cancelled);

        Assert.Equal((0, 1), (report.Done, report.Pending));
        Assert.Equal(JobState.Rejected, await StateAsync("1"));
        Assert.Equal(["denoise/a.png"], await Catalogue.ReexaminationsAsync(Cancelled));
    }

    [Fact]
    public async Task Retry_RejectedByTheWatcherAndItsSourceIsGone_IsLeftAlone()
    {
        await EnterAsync(Refused("a", "1", "No mask."));
        await Catalogue.ForgetSourcesAsync(["denoise/a.png"], Cancelled);

        var report = await Catalogue.RetryAsync([Id("1")], Cancelled);

        Assert.Equal([new(Id("1"), "Its picture 'denoise/a.png' is not there any more.")], report.Untouched);
    }

    [Fact]
    public async Task Retry_AJobWhoseOutputIsANewerOnes_IsLeftAloneUnlessAnotherSourceWantsIt()
    {
        await EnterAsync(Picture("a", "1"));
        await ApplyAsync(Failed(await TakeOneAsync()));
        await EnterAsync(Picture("a", "2"));

        var report = await Catalogue.RetryAsync([Id("1")], Cancelled);
        Assert.Equal([new(Id("1"), "Its output 'denoise/a.png' is a newer job's by now, and no picture wants its result.")], report.Untouched);

        await EnterAsync(Picture("b", "2"), Picture("b", "1") with { SourcePath = "denoise/c.png", Output = "denoise/c.png" });
        Assert.Equal(JobState.Waiting, await StateAsync("1"));
    }

    [Fact]
    public async Task Submissions_UntilRemoved_AreToldInOrder()
    {
        var first = new SubmitRestoration { Paths = ["album/a.png"], Task = "denoise", Options = new Dictionary<string, string> { ["depth"] = "4" }, Seed = 3, Priority = 9 };
        await Catalogue.SubmitAsync(first, Cancelled);
        await Catalogue.SubmitAsync(first with { Paths = ["альбом/б.png"], Preset = "fast" }, Cancelled);

        var told = await Catalogue.SubmissionsAsync(10, Cancelled);

        Assert.Equal(["album/a.png", "альбом/б.png"], told.SelectMany(s => s.Request.Paths));
        Assert.Equal(("denoise", null, 3L, 9, "4"), told[0].Request is var r ? (r.Task, r.Preset, r.Seed, r.Priority, r.Options["depth"]) : default);
        await Catalogue.RemoveSubmissionsAsync([told[0].Number], Cancelled);
        Assert.Equal("fast", Assert.Single(await Catalogue.SubmissionsAsync(10, Cancelled)).Request.Preset);
    }
}
