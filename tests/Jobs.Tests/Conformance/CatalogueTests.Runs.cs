using System.Data.Common;
using DipPipeline.Contracts;
using DipPipeline.Jobs.Entry;
using DipPipeline.Jobs.Queries;
using DipPipeline.Jobs.Runs;
using DipPipeline.Jobs.Schema;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    private const int Plenty = 1000;

    [Fact]
    public async Task OpenRun_AgainWithTheSameRows_GoesOnBehindTheLast_AndWithOthersIsRefused()
    {
        var opening = await Catalogue.OpenRunAsync("scans", "f1", "scans.csv", Cancelled);
        await Catalogue.AddRowsAsync(opening.Run, [Settings()], [Row(2), Row(3)], Cancelled);

        Assert.Equal(new RunOpening(opening.Run, 3, false), await Catalogue.OpenRunAsync("scans", "f1", "scans.csv", Cancelled));
        Assert.Empty(await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled));
        await Catalogue.AddRowsAsync(opening.Run, [Settings()], [Row(3), Row(4)], Cancelled);
        await Catalogue.RowsAddedAsync(opening.Run, Cancelled);

        Assert.Equal(new RunOpening(opening.Run, 4, true), await Catalogue.OpenRunAsync("scans", "f1", "scans.csv", Cancelled));
        Assert.Equal([2, 3, 4], (await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled)).Select(r => r.Key.Number));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Catalogue.OpenRunAsync("scans", "f2", "other.csv", Cancelled));
        Assert.StartsWith("There is a run 'scans' already, of other rows or options (from 'scans.csv');", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OpenRun_OfOtherRowsWhileItIsEntered_TakesItsPlace()
    {
        var first = (await Catalogue.OpenRunAsync("scans", "f1", "scans/", Cancelled)).Run;
        await Catalogue.AddRowsAsync(first, [Settings()], [Row(1), Row(2)], Cancelled);

        var second = await Catalogue.OpenRunAsync("scans", "f2", "scans/", Cancelled);
        Assert.Equal((0, false), (second.LastRow, second.IsEntered));
        Assert.NotEqual(first, second.Run);
        await Assert.ThrowsAsync<RefusedException>(() => Catalogue.AddRowsAsync(first, [Settings()], [Row(3)], Cancelled));
        await Catalogue.AddRowsAsync(second.Run, [Settings()], [Row(1), Row(2), Row(3)], Cancelled);
        await Catalogue.RowsAddedAsync(second.Run, Cancelled);

        Assert.Equal(3, Assert.Single(await Catalogue.RunsAsync(10, Cancelled)).Rows);
        Assert.Equal(3, (await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled)).Count);
    }

    [Fact]
    public async Task RetryRun_TheOriginalOfARowsCopyIsGone_TheJobIsDoneAgainForTheRow()
    {
        await CompleteAsync(Picture("a", "1"));
        var run = await BeginAsync("scans", Row(1));
        await EnterAsync(Of(run, 1, "1"));
        await Catalogue.CopyFailedAsync("denoise/1.png", 1, "'denoise/a.png' is gone.", Cancelled);
        await Catalogue.FollowRunsAsync(Cancelled);
        Assert.Equal(1, (await Catalogue.RunStatusAsync("scans", Cancelled)).Failed);

        await Catalogue.RetryRunAsync("scans", Cancelled);
        var entered = Assert.Single((await EnterAsync(Of(run, 1, "1") with { Retry = true })).Entered);
        Assert.Equal(EntryOutcome.Requeued, entered.Outcome);
        await CompleteWaitingAsync();
        await Catalogue.FollowRunsAsync(Cancelled);

        Assert.Equal((1, true), ((await Catalogue.RunStatusAsync("scans", Cancelled)).Completed, (await Catalogue.RunStatusAsync("scans", Cancelled)).IsDone));
        Assert.Equal(("denoise/a.png", "denoise/1.png"), Assert.Single((await Catalogue.PendingCopiesAsync("", 10, Cancelled)).Select(c => (c.Output, c.Original))));
    }

    [Fact]
    public async Task DropRun_WhileItIsEntered_LeavesNothing_AndOnceItIsEnteredAll()
    {
        var run = (await Catalogue.OpenRunAsync("scans", "f1", "scans.csv", Cancelled)).Run;
        await Catalogue.AddRowsAsync(run, [Settings()], [Row(1)], Cancelled);
        await Catalogue.DropRunAsync(run, Cancelled);
        Assert.Empty(await Catalogue.RunsAsync(10, Cancelled));

        var other = await BeginAsync("scans", Row(1));
        await Catalogue.DropRunAsync(other, Cancelled);
        Assert.Equal(1, Assert.Single(await Catalogue.RunsAsync(10, Cancelled)).Rows);
    }

    [Fact]
    public async Task PendingRows_AreOfTheHighestPriority_ThenOfTheEarlierRun_AndNoMoreThanAreToBeAhead()
    {
        var first = await BeginAsync("first", Row(1, -10), Row(2, -5));
        await BeginAsync("second", Row(1, -10), Row(2, 3));

        Assert.Equal(
            [("second", 2), ("first", 2), ("first", 1), ("second", 1)],
            (await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled)).Select(r => (r.Key.Run == first ? "first" : "second", r.Key.Number)));
        Assert.Equal(2, (await Catalogue.PendingRowsAsync(Plenty, 2, [], Cancelled)).Count);

        await EnterAsync(Of(first, 1, "1"));
        Assert.Equal(2, (await Catalogue.PendingRowsAsync(3, Plenty, [], Cancelled)).Count);
        Assert.Equal("denoise", (await Catalogue.PendingRowsAsync(3, Plenty, [], Cancelled))[0].Settings.Task);
    }

    [Fact]
    public async Task PendingRows_JobsThatWaitForTheirTime_AreNotAhead()
    {
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));
        await EnterAsync(Of(run, 1, "1"));
        Assert.Single(await Catalogue.PendingRowsAsync(2, Plenty, [], Cancelled));

        await ApplyAsync(Hosts.Deferred(await TakeOneAsync()));

        Assert.Equal(2, (await Catalogue.PendingRowsAsync(2, Plenty, [], Cancelled)).Count);
    }

    [Fact]
    public async Task FollowRuns_EveryEndOfAJob_IsTheRows_AndTheLastEndsTheRun()
    {
        var run = await BeginAsync("scans", [.. Enumerable.Range(1, 5).Select(n => Row(n))]);
        await EnterAsync([.. Enumerable.Range(1, 4).Select(n => Of(run, n, $"{n}")), Of(run, 5, "5") with { Refusal = "'5' is bad." }]);
        var jobs = (await Catalogue.TakeAsync(100, Cancelled)).Select(j => j.Message).ToList();
        await Catalogue.ApplyAsync([Hosts.Completed(jobs[0]), Hosts.Rejected(jobs[1]), Hosts.Failed(jobs[2], "first")], Cancelled);

        var status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((5, 1, false), (status.Rows, status.Queued, status.IsDone));
        Assert.Equal(4, await Catalogue.FollowRunsAsync(Cancelled));
        status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((1, 2, 1, 1, false), (status.Completed, status.Rejected, status.Failed, status.Queued, status.IsDone));

        await ApplyAsync(Hosts.Started(jobs[3]));
        Assert.Equal(1, (await Catalogue.RunStatusAsync("scans", Cancelled)).Running);
        await Catalogue.CancelAsync([jobs[3].JobId], Cancelled);
        await ApplyAsync(Hosts.Cancelled(jobs[3]));
        await Catalogue.FollowRunsAsync(Cancelled);
        status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((1, true), (status.Cancelled, status.IsDone));
        Assert.NotNull(status.EndedAt);

        List<RunRowDetail> rows = [];
        await foreach (var row in Catalogue.RunRowsAsync("scans", Cancelled))
        {
            rows.Add(row);
        }

        Assert.Equal([RowState.Completed, RowState.Rejected, RowState.Failed, RowState.Cancelled, RowState.Rejected], rows.Select(r => r.State));
        Assert.Equal([null, "It is no picture.", "It crashed 3 times.", "Cancelled on request.", "'5' is bad."], rows.Select(r => r.Reason));
        Assert.Equal(300, rows[0].Metrics!.Seconds);
        Assert.Null(rows[1].Metrics);
    }

    [Fact]
    public async Task Enter_ARowWhoseResultIsThere_IsDoneAlready_AndAnotherPlaceGetsACopyFirst()
    {
        await CompleteAsync(Picture("1", "1"));
        var run = await BeginAsync("scans", Row(1), Row(2));

        await EnterAsync(Of(run, 1, "1"), Of(run, 2, "1"));

        var status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((1, 1), (status.AlreadyDone, status.Waiting));
        Assert.Equal(0, await Catalogue.FollowRunsAsync(Cancelled));
        var copy = Assert.Single(await Catalogue.PendingCopiesAsync("", 10, Cancelled));
        await Catalogue.CopiedAsync(copy.Output, copy.Generation, Cancelled);
        await Catalogue.FollowRunsAsync(Cancelled);
        status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((1, 1, true), (status.AlreadyDone, status.Completed, status.IsDone));
    }

    [Fact]
    public async Task FollowRuns_ThePictureChanged_TheRowIsToldAgain()
    {
        var run = await BeginAsync("scans", Row(1));
        await EnterAsync(Of(run, 1, "1"));
        await ApplyAsync(Hosts.SourceChanged(await TakeOneAsync()));

        await Catalogue.FollowRunsAsync(Cancelled);
        Assert.Equal(1, Assert.Single(await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled)).Key.Number);

        await EnterAsync(Of(run, 1, "2"));
        await CompleteWaitingAsync();
        await Catalogue.FollowRunsAsync(Cancelled);
        Assert.Equal((1, true), ((await Catalogue.RunStatusAsync("scans", Cancelled)).Completed, (await Catalogue.RunStatusAsync("scans", Cancelled)).IsDone));
    }

    [Fact]
    public async Task FollowRuns_AnotherPictureWritesTheOutput_TheRowIsCancelled()
    {
        var run = await BeginAsync("scans", Row(1));
        await EnterAsync(Of(run, 1, "1"));
        await EnterAsync(Picture("1", "2"));

        await Catalogue.FollowRunsAsync(Cancelled);

        Assert.Equal(1, (await Catalogue.RunStatusAsync("scans", Cancelled)).Cancelled);
    }

    [Fact]
    public async Task PauseRun_NothingOfItIsTakenOrPublished_UntilItIsResumed()
    {
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));
        await EnterAsync(Of(run, 1, "1"), Of(run, 2, "2"));
        var atTheBroker = Assert.Single(await Catalogue.TakeAsync(1, Cancelled)).Message;

        Assert.Equal(new RunCommandReport("scans", true, 1), await Catalogue.PauseRunAsync("scans", Cancelled));

        Assert.Empty(await Catalogue.TakeAsync(Plenty, Cancelled));
        Assert.Empty(await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled));
        Assert.Null(await Catalogue.NextDueAsync(Cancelled));
        Assert.Equal("Its archive run is paused.", (await ShowAsync("2")).Summary.Reason);
        Assert.True(await ApplyAsync(Hosts.Completed(atTheBroker)));
        await Catalogue.FollowRunsAsync(Cancelled);
        Assert.Equal((RunState.Paused, 1), ((await Catalogue.RunStatusAsync("scans", Cancelled)).State, (await Catalogue.RunStatusAsync("scans", Cancelled)).Completed));
        Assert.False((await Catalogue.PauseRunAsync("scans", Cancelled)).Changed);

        Assert.Equal(new RunCommandReport("scans", true, 1), await Catalogue.ResumeRunAsync("scans", Cancelled));
        Assert.Equal("2", (await TakeOneAsync()).JobId[..1]);
        Assert.Equal(3, Assert.Single(await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled)).Key.Number);
    }

    [Fact]
    public async Task PauseRun_AJobThatADroppedPictureWantsToo_IsPublished()
    {
        var run = await BeginAsync("scans", Row(1));
        await EnterAsync(Of(run, 1, "1"));
        await Catalogue.PauseRunAsync("scans", Cancelled);

        await EnterAsync(Picture("dropped", "1"));

        Assert.Equal((1, 0), ((await Catalogue.TakeAsync(10, Cancelled)).Count, (await ShowAsync("1")).Summary.Priority));
    }

    [Fact]
    public async Task PauseRun_AJobThatWasDroppedBefore_OrThatAnotherRunWants_IsPublished()
    {
        await EnterAsync(Picture("1", "1"));
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));
        var other = await BeginAsync("other", Row(2));
        await EnterAsync(Of(run, 1, "1"), Of(run, 2, "2"), Of(run, 3, "3"), Of(other, 2, "2"));

        Assert.Equal(1, (await Catalogue.PauseRunAsync("scans", Cancelled)).Rows);

        Assert.Equal(["1", "2"], (await Catalogue.TakeAsync(10, Cancelled)).Select(j => j.Message.JobId[..1]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task FollowRuns_AJobOfAPausedRunComesBack_ItWaitsForTheRun()
    {
        var run = await BeginAsync("scans", Row(1));
        await EnterAsync(Of(run, 1, "1"));
        var atTheBroker = Assert.Single(await Catalogue.TakeAsync(1, Cancelled)).Message;
        await Catalogue.PauseRunAsync("scans", Cancelled);
        await ApplyAsync(Hosts.Deferred(atTheBroker));

        await Catalogue.FollowRunsAsync(Cancelled);
        Time.Advance(Options.FirstDeferral);

        Assert.Empty(await Catalogue.TakeAsync(10, Cancelled));
        await Catalogue.ResumeRunAsync("scans", Cancelled);
        Assert.Single(await Catalogue.TakeAsync(10, Cancelled));
    }

    [Fact]
    public async Task Enter_ARowOfAJobThatWasDropped_DoesNotDelayIt()
    {
        await EnterAsync(Picture("1", "1"));
        var run = await BeginAsync("scans", Row(1));

        await EnterAsync(Of(run, 1, "1"));

        Assert.Equal(0, (await ShowAsync("1")).Summary.Priority);
    }

    [Fact]
    public async Task RetryRun_WhatHasNotSucceeded_IsTakenAgainAndQueued()
    {
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));
        await EnterAsync(Of(run, 1, "1"), Of(run, 2, "2"), Of(run, 3, "3") with { Refusal = "'c' is not there." });
        var jobs = (await Catalogue.TakeAsync(10, Cancelled)).Select(j => j.Message).ToList();
        await Catalogue.ApplyAsync([Hosts.Completed(jobs[0]), Hosts.Failed(jobs[1], "first")], Cancelled);
        await Catalogue.FollowRunsAsync(Cancelled);

        Assert.Equal(2, (await Catalogue.RetryRunAsync("scans", Cancelled)).Rows);
        var rows = await Catalogue.PendingRowsAsync(Plenty, Plenty, [], Cancelled);
        Assert.Equal([(2, true), (3, true)], rows.Select(r => (r.Key.Number, r.Retry)));
        await EnterAsync(Of(run, 2, "2") with { Retry = true }, Of(run, 3, "4") with { Retry = true });

        Assert.Equal([("2", 2), ("4", 2)], (await Catalogue.TakeAsync(10, Cancelled)).Select(j => (j.Message.JobId[..1], j.Message.Generation)).Order());
    }

    [Fact]
    public async Task Retry_TheJobOfARow_TheRowWaitsForItAgain()
    {
        var run = await BeginAsync("scans", Row(1));
        await EnterAsync(Of(run, 1, "1"));
        var job = await TakeOneAsync();
        await ApplyAsync(Hosts.Failed(job, "first"));
        await Catalogue.FollowRunsAsync(Cancelled);
        Assert.True((await Catalogue.RunStatusAsync("scans", Cancelled)).IsDone);

        await Catalogue.RetryAsync([job.JobId], Cancelled);

        var status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((1, false, null), (status.Waiting, status.IsDone, status.EndedAt));
        await CompleteWaitingAsync();
        await Catalogue.FollowRunsAsync(Cancelled);
        Assert.Equal(1, (await Catalogue.RunStatusAsync("scans", Cancelled)).Completed);
    }

    [Fact]
    public async Task RunStatus_RateAndRemainder_AreOfTheLastMinutes()
    {
        var run = await BeginAsync("scans", [.. Enumerable.Range(1, 40).Select(n => Row(n))]);
        await Catalogue.FollowRunsAsync(Cancelled);
        Assert.Null((await Catalogue.RunStatusAsync("scans", Cancelled)).RowsPerHour);

        await EnterAsync([.. Enumerable.Range(1, 10).Select(n => Of(run, n, $"{n:x}{n:x}"))]);
        await CompleteWaitingAsync();
        Time.Advance(TimeSpan.FromSeconds(20));
        await Catalogue.FollowRunsAsync(Cancelled);

        var status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((1800, 60), (status.RowsPerHour!.Value, status.RemainingSeconds!.Value));

        // What was before a standstill says nothing of the rate.
        Time.Advance(TimeSpan.FromHours(10));
        await Catalogue.FollowRunsAsync(Cancelled);
        await EnterAsync([.. Enumerable.Range(11, 10).Select(n => Of(run, n, $"{n:x}{n:x}"))]);
        await CompleteWaitingAsync();
        Time.Advance(TimeSpan.FromSeconds(40));
        await Catalogue.FollowRunsAsync(Cancelled);
        status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((900, 80), (status.RowsPerHour!.Value, status.RemainingSeconds!.Value));

        await EnterAsync([.. Enumerable.Range(21, 20).Select(n => Of(run, n, $"{n:x}{n:x}"))]);
        await CompleteWaitingAsync();
        await Catalogue.FollowRunsAsync(Cancelled);
        status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((true, (double?)null, (double?)null), (status.IsDone, status.RowsPerHour, status.RemainingSeconds));
    }

    [Fact]
    public async Task Runs_ThoseThatHaveNotEndedAndTheNewest()
    {
        foreach (var (number, name) in ((string[])["open", "old", "new", "newest"]).Index())
        {
            var run = await BeginAsync(name, Row(number));
            if (name != "open")
            {
                await EnterAsync(Of(run, number, $"{number:x}{number:x}"));
                await CompleteWaitingAsync();
                await Catalogue.FollowRunsAsync(Cancelled);
            }
        }

        Assert.Equal(["newest", "new", "open"], (await Catalogue.RunsAsync(2, Cancelled)).Select(r => r.Name));
        Assert.Equal(4, (await Catalogue.RunsAsync(20, Cancelled)).Count);
    }

    [Fact]
    public async Task Done_ByLengthAndRecipe_WithoutTheirHashes()
    {
        var there = Picture("a", "1");
        await CompleteAsync(there);
        await EnterAsync(Picture("b", "2"));
        DoneCandidate Candidate(JobEntry e) => new()
        {
            Output = e.Output, Length = e.Picture.Length, Task = e.Task, PluginVersion = e.PluginVersion, Preset = e.Preset, Options = e.Options, Seed = e.Seed,
        };

        async Task<int> CountAsync(DoneCandidate candidate) => (await Catalogue.DoneAsync([candidate], Cancelled)).Count;

        Assert.Equal(1, await CountAsync(Candidate(there)));
        Assert.Equal(0, await CountAsync(Candidate(there) with { Length = 5 }));
        Assert.Equal(0, await CountAsync(Candidate(there) with { Preset = "other" }));
        Assert.Equal(0, await CountAsync(Candidate(Picture("b", "2"))));
        Assert.Equal(0, await CountAsync(Candidate(Picture("c", "3"))));
    }

    [Fact]
    public async Task RunStatus_AfterEveryWayThatRowsMove_CountsWhatTheRowsSay()
    {
        var run = await BeginAsync("scans", [.. Enumerable.Range(1, 6).Select(n => Row(n))]);
        await AssertCountsAsync(6, 0, 6);
        await EnterAsync([.. Enumerable.Range(1, 4).Select(n => Of(run, n, $"{n}")), Of(run, 5, "5") with { Refusal = "'5' is bad." }]);
        await AssertCountsAsync(1, 5, 5);
        var jobs = (await Catalogue.TakeAsync(100, Cancelled)).Select(j => j.Message).ToList();
        await Catalogue.ApplyAsync([Hosts.Completed(jobs[0]), Hosts.Failed(jobs[1], "first"), Hosts.Failed(jobs[2], "first"), Hosts.SourceChanged(jobs[3])], Cancelled);
        await Catalogue.FollowRunsAsync(Cancelled);
        await AssertCountsAsync(2, 0, 2);
        // A row waits again because its job does, and all because a person retries the run.
        await Catalogue.RetryAsync([jobs[1].JobId], Cancelled);
        await AssertCountsAsync(2, 1, 3);
        await Catalogue.RetryRunAsync("scans", Cancelled);
        await AssertCountsAsync(4, 1, 5);
        await Catalogue.PauseRunAsync("scans", Cancelled);
        await Catalogue.ResumeRunAsync("scans", Cancelled);
        // Entered before, and its job is known: nothing is counted twice.
        await EnterAsync(Of(run, 3, "3") with { Retry = true }, Of(run, 4, "1"));
        await EnterAsync(Of(run, 3, "3"));
        await AssertCountsAsync(2, 3, 4);

        async Task AssertCountsAsync(int pending, int entered, int backlog)
        {
            List<RunRowDetail> rows = [];
            await foreach (var row in Catalogue.RunRowsAsync("scans", Cancelled))
            {
                rows.Add(row);
            }

            int Of(RowState state) => rows.Count(r => r.State == state);
            var status = await Catalogue.RunStatusAsync("scans", Cancelled);
            Assert.Equal((pending, entered), (Of(RowState.Pending), Of(RowState.Entered)));
            Assert.Equal(
                (rows.Count, pending, entered, Of(RowState.Completed), Of(RowState.AlreadyDone), Of(RowState.Rejected), Of(RowState.Failed), Of(RowState.Cancelled)),
                (status.Rows, status.Pending, status.Waiting + status.Queued + status.Running, status.Completed, status.AlreadyDone, status.Rejected, status.Failed, status.Cancelled));
            Assert.Equal(backlog, (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)).Total);
        }
    }

    [Fact]
    public async Task RunStatus_AWriterDiesBeforeItCommits_CountsAsBefore()
    {
        var run = await BeginAsync("scans", Row(1), Row(2));
        var options = Microsoft.Extensions.Options.Options.Create(Options);
        using var dying = new JobCatalogue(new CatalogueContextFactory(options, [new NeverCommits()]), options, Time);

        await Assert.ThrowsAsync<IOException>(() => dying.EnterAsync([Of(run, 1, "1")], Cancelled));

        var status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((2, 2, 2), (status.Rows, status.Pending, (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)).Waiting));
        await EnterAsync(Of(run, 1, "1"));
        Assert.Equal(1, (await Catalogue.RunStatusAsync("scans", Cancelled)).Pending);
    }

    [Fact]
    public async Task RecountRuns_RowsThatAProgramMovedWithoutCounting_AreCounted()
    {
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));
        await using (var context = CreateContext())
        {
            await context.RunRows.Where(r => r.Number == 1).ExecuteUpdateAsync(set => set.SetProperty(r => r.State, RowState.Failed), Cancelled);
            await context.RunCounts.Where(c => c.RunId == run && c.State == RowState.Pending).ExecuteUpdateAsync(set => set.SetProperty(c => c.Rows, 7), Cancelled);
        }

        await Catalogue.RecountRunsAsync(Cancelled);

        var status = await Catalogue.RunStatusAsync("scans", Cancelled);
        Assert.Equal((3, 2, 1, 2), (status.Rows, status.Pending, status.Failed, (await Catalogue.BacklogAsync(UnreadableRows.None, Cancelled)).Waiting));
    }

    private sealed class NeverCommits : DbTransactionInterceptor
    {
        public override ValueTask<InterceptionResult> TransactionCommittingAsync(
            DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default) => throw new IOException("Its power is gone.");
    }

    [Fact]
    public async Task PendingRows_ThoseThatArePutOff_LeaveTheirTurnToOthers()
    {
        var run = await BeginAsync("scans", Row(1), Row(2), Row(3));

        Assert.Equal([2], (await Catalogue.PendingRowsAsync(Plenty, 1, [new(run, 1), new(run + 1, 2)], Cancelled)).Select(r => r.Key.Number));
    }

    [Fact]
    public async Task RunStatus_OfNoRun_IsRefusedInASentence()
    {
        await BeginAsync("scans", Row(1));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => Catalogue.RunStatusAsync("scan", Cancelled));

        Assert.Equal("There is no run 'scan' (did you mean 'scans'?); 'dip archive status' shows those there are.", refused.Message);
    }

    private static RowSettings Settings() => new() { Number = 1, Task = "denoise" };

    private static ManifestRow Row(int number, int priority = -10) => new(number, 1, $"denoise/{number}.png", null, $"denoise/{number}.png", priority);

    /// <summary>The entry of a row, at the row's output.</summary>
    private static JobEntry Of(long run, int number, string content) => Picture($"{number}", content) with { Row = new(run, number), Priority = -10 };

    private async Task<long> BeginAsync(string name, params ManifestRow[] rows)
    {
        var run = (await Catalogue.OpenRunAsync(name, $"of {name}", $"{name}.csv", Cancelled)).Run;
        await Catalogue.AddRowsAsync(run, [Settings()], rows, Cancelled);
        await Catalogue.RowsAddedAsync(run, Cancelled);
        return run;
    }
}
