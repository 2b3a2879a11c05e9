using static DipPipeline.Jobs.Tests.Hosts;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task Take_JobsOfSeveralPriorities_HighestFirstThenOldest()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2") with { Priority = -5 }, Picture("c", "3") with { Priority = 5 });
        await EnterAsync(Picture("d", "4"), Picture("e", "5") with { Priority = 5 });

        Assert.Equal(["3", "5", "1"], await TakeAsync(3));
        Assert.Equal(["4", "2"], await TakeAsync(3));
        Assert.Empty(await TakeAsync(3));
    }

    [Fact]
    public async Task Take_AJob_IsQueuedAndOutstanding()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3"));
        Assert.Equal(0, await Catalogue.OutstandingAsync(Cancelled));

        var taken = await Catalogue.TakeAsync(2, Cancelled);
        await ApplyAsync(Started(taken[1].Message));

        Assert.Equal(2, await Catalogue.OutstandingAsync(Cancelled));
        Assert.Equal((JobState.Queued, Time.GetUtcNow()), await ShowAsync("1") is { Summary: var s } ? (s.State, s.PublishedAt) : default);
        Assert.Equal([JobState.Running, JobState.Waiting], [await StateAsync("2"), await StateAsync("3")]);
    }

    [Fact]
    public async Task Return_WhatCouldNotBePublished_WaitsAtItsOldPlace()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3"));
        await TakeAsync(2);

        await Catalogue.ReturnAsync([Id("1"), Id("2")], Cancelled);

        Assert.Null((await ShowAsync("1")).Summary.PublishedAt);
        Assert.Equal(["1", "2", "3"], await TakeAsync(3));
    }

    [Fact]
    public async Task Return_AJobThatAHostHasBegunAllTheSame_IsLeftRunning()
    {
        await EnterAsync(Picture("a", "1"));
        await ApplyAsync(Started(await TakeOneAsync()));

        await Catalogue.ReturnAsync([Id("1")], Cancelled);

        Assert.Equal(JobState.Running, await StateAsync("1"));
    }

    [Fact]
    public async Task Take_ARetriedJob_ClearsStateUntilAHostHasBegun()
    {
        await EnterAsync(Picture("a", "1"));
        var first = await TakeOneAsync();
        await ApplyAsync(Failed(first));
        await Catalogue.RetryAsync([Id("1")], Cancelled);

        var (message, clearState) = Assert.Single(await Catalogue.TakeAsync(1, Cancelled));
        Assert.Equal((2, true), (message.Generation, clearState));

        // Not begun as far as is known: what was there before may still be.
        Time.Advance(TimeSpan.FromMinutes(5));
        Assert.True(Assert.Single(await Catalogue.TakeSilentAsync(TimeSpan.FromMinutes(5), Cancelled)).ClearState);

        // Begun: what is there now is this generation's.
        await ApplyAsync(Started(message));
        Time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(Assert.Single(await Catalogue.TakeSilentAsync(TimeSpan.FromMinutes(5), Cancelled)).ClearState);
    }

    [Fact]
    public async Task StateCleared_PublishedAgain_IsNotClearedAgain()
    {
        await EnterAsync(Picture("a", "1"));
        await ApplyAsync(Failed(await TakeOneAsync()));
        await Catalogue.RetryAsync([Id("1")], Cancelled);
        await Catalogue.TakeAsync(1, Cancelled);

        await Catalogue.StateClearedAsync([Id("1")], Cancelled);

        Time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(Assert.Single(await Catalogue.TakeSilentAsync(TimeSpan.FromMinutes(5), Cancelled)).ClearState);
    }

    [Fact]
    public async Task TakeSilent_AJobWithoutASignOfLife_IsToldOnceEachTime()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"), Picture("c", "3"));
        var messages = (await Catalogue.TakeAsync(2, Cancelled)).Select(j => j.Message).ToList();
        Time.Advance(TimeSpan.FromSeconds(50));
        await ApplyAsync(Progressed(messages[1]));
        Time.Advance(TimeSpan.FromSeconds(10));

        var silent = Assert.Single(await Catalogue.TakeSilentAsync(TimeSpan.FromMinutes(1), Cancelled));

        Assert.Equal((Id("1"), 1, 0), (silent.Message.JobId, silent.Message.Generation, silent.Message.Slice));
        Assert.Equal(Time.GetUtcNow(), (await ShowAsync("1")).Summary.PublishedAt);
        Assert.Empty(await Catalogue.TakeSilentAsync(TimeSpan.FromMinutes(1), Cancelled));
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["1", "2"], (await Catalogue.TakeSilentAsync(TimeSpan.FromMinutes(1), Cancelled)).Select(j => j.Message.JobId.TrimEnd('0')));
    }

    [Fact]
    public async Task TakeSilent_AJobHandedBack_HasTheNextSlice()
    {
        await EnterAsync(Picture("a", "1"));
        await ApplyAsync(HandedBack(await TakeOneAsync(), 1));
        Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(1, Assert.Single(await Catalogue.TakeSilentAsync(TimeSpan.FromHours(1), Cancelled)).Message.Slice);
    }

    [Fact]
    public async Task Take_FromTwoProcessesAtOnce_GivesEachJobToOne()
    {
        await EnterAsync([.. Enumerable.Range(0, 200).Select(i => Picture($"p{i}", $"{i + 1:x}f"))]);
        var other = Open();

        var taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => (i % 2 == 0 ? Catalogue : other).TakeAsync(10, Cancelled), Cancelled)));

        Assert.Equal(200, taken.SelectMany(t => t).Select(j => j.Message.JobId).Distinct().Count());
    }

    private async Task<IEnumerable<string>> TakeAsync(int count) => (await Catalogue.TakeAsync(count, Cancelled)).Select(j => j.Message.JobId.TrimEnd('0'));
}
