using DipPipeline.Contracts.Messages;
using DipPipeline.Jobs.Queries;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task Backlog_OfAnEmptyCatalogue_IsNothingToDo() =>
        Assert.Equal((new Backlog { Waiting = 0, Outstanding = 0, Running = 0, Deferred = 0 }, 0d), (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled), (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)).EstimatedSeconds));

    [Fact]
    public async Task Backlog_OfJobsInEveryState_CountsWhatIsToBeDone()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3"), Picture("d", "4"), Picture("e", "5"), Refused("f", "6", "No."));
        var jobs = (await Catalogue.TakeAsync(3, Cancelled)).Select(j => j.Message).ToList();
        await ApplyAsync(Hosts.Started(jobs[0]));
        await ApplyAsync(Hosts.Deferred(jobs[1]));

        Assert.Equal(new Backlog { Waiting = 2, Outstanding = 2, Running = 1, Deferred = 1 }, await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled));

        Time.Advance(Options.FirstDeferral);
        var due = await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled);
        Assert.Equal((3, 0, 5), (due.Waiting, due.Deferred, due.Total));
    }

    [Fact]
    public async Task Backlog_RowsOfArchiveRuns_AreWaitingBeforeTheyHaveJobs_AndNotWhileTheirRunIsPaused()
    {
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));
        await BeginAsync("paused", Row(1), Row(2));
        await Catalogue.PauseRunAsync("paused", Cancelled);
        Assert.Equal(3, (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)).Waiting);

        await EnterAsync(Of(run, 1, "1"));
        Assert.Equal(3, (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)).Total);
        await Catalogue.TakeAsync(1, Cancelled);
        Assert.Equal((2, 1), (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)) is var queued ? (queued.Waiting, queued.Outstanding) : default);

        await Catalogue.PauseRunAsync("scans", Cancelled);
        Assert.Equal(1, (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)).Total);
    }

    [Fact]
    public async Task Backlog_RowsThatCannotBeRead_AreDeferred()
    {
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));
        var paused = await BeginAsync("paused", Row(1), Row(2));
        await Catalogue.PauseRunAsync("paused", Cancelled);

        var some = await Catalogue.BacklogAsync(new([new(run, 1), new(run, 3), new(paused, 1)]), Cancelled);
        var all = await Catalogue.BacklogAsync(new([], All: true), Cancelled);

        Assert.Equal((1, 2, 1), (some.Waiting, some.Deferred, some.Total));
        Assert.Equal((0, 3, 0), (all.Waiting, all.Deferred, all.Total));
    }

    [Fact]
    public async Task Backlog_WithoutAHistory_HasNoEstimate()
    {
        await EnterAsync(Picture("a", "1"));

        var backlog = await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled);

        Assert.Null(backlog.SecondsPerJob);
        Assert.Null(backlog.EstimatedSeconds);
    }

    [Fact]
    public async Task Backlog_Estimate_IsTheTimeOfCompletedJobsOverWhatRuns()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3"), Picture("d", "4"), Picture("e", "5"));
        var jobs = (await Catalogue.TakeAsync(4, Cancelled)).Select(j => j.Message).ToList();
        // Two slices of 10 s and 20 s with an hour between them, a job of 50 s after an attempt that was lost, and one at work.
        await WorkAsync(jobs[0], 0, 10, at => new RestorationHandedBack(jobs[0].JobId, jobs[0].Generation, "one", at, 1, "The slice's time was up."));
        await WorkAsync(jobs[0], 3600, 20, at => Hosts.Completed(jobs[0]) with { At = at }, slice: 1);
        await ApplyAsync(Hosts.Started(jobs[1], "two") with { At = s_noon });
        await WorkAsync(jobs[1], 9000, 50, at => Hosts.Completed(jobs[1]) with { At = at });
        await ApplyAsync(Hosts.Started(jobs[2]));

        var one = await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled);
        await ApplyAsync(Hosts.Started(jobs[3], "two"));
        var two = await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled);

        Assert.Equal((3, 1, 40d, 120d), (one.Total, one.Running, one.SecondsPerJob, one.EstimatedSeconds));
        Assert.Equal((3, 2, 40d, 60d), (two.Total, two.Running, two.SecondsPerJob, two.EstimatedSeconds));
    }

    private static readonly DateTimeOffset s_noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private async Task WorkAsync(RestoreImage job, int from, int seconds, Func<DateTimeOffset, IJobEvent> end, int slice = 0)
    {
        Assert.True(await ApplyAsync(Hosts.Started(job, slice: slice) with { At = s_noon.AddSeconds(from) }));
        Assert.True(await ApplyAsync(end(s_noon.AddSeconds(from + seconds))));
    }
}
