using DipPipeline.Contracts;
using DipPipeline.Jobs.Queries;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task List_WithoutAFilter_IsNewestFirst()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"));
        Time.Advance(TimeSpan.FromHours(1));
        await EnterAsync(Picture("c", "3"));

        Assert.Equal(["3", "2", "1"], await ListAsync(new()));
        Assert.Equal(["3", "2"], await ListAsync(new() { Limit = 2 }));
        Assert.Equal(["3"], await ListAsync(new() { Since = Time.GetUtcNow() }));
    }

    [Fact]
    public async Task List_ByStateAndTask_TakesOnlyThose()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2") with { Task = "inpainting" }, Picture("c", "3"), Refused("d", "4", "No."));
        await TakeAsync(2);

        Assert.Equal(["2", "1"], await ListAsync(new() { States = [JobState.Queued] }));
        Assert.Equal(["4", "3"], await ListAsync(new() { States = [JobState.Waiting, JobState.Rejected] }));
        Assert.Equal(["1"], await ListAsync(new() { States = [JobState.Queued], Task = "denoise" }));
    }

    [Theory]
    [InlineData("denoise/album/a.png", "1")]
    [InlineData("*", "6 5 4 3 2 1")]
    [InlineData("*album*", "1")]
    [InlineData("denoise/?????/a.png", "2 1")]
    [InlineData("album", "")]
    [InlineData("*/100%.png", "3")]
    [InlineData("*/1__%.png", "")]
    [InlineData("*/[x].png", "4")]
    [InlineData("*\\*", "5")]
    [InlineData("*/Ж?*", "6")]
    public async Task List_ByPath_KnowsStarAndQuestionMarkOnly(string pattern, string expected)
    {
        await EnterAsync(
            Picture("album/a", "1"), Picture("Album/a", "2"), Picture("100%", "3"), Picture("[x]", "4"), Picture("back\\slash", "5"), Picture("Жук", "6"));

        Assert.Equal(expected, string.Join(' ', await ListAsync(new() { Path = pattern })));
    }

    [Fact]
    public async Task Find_ByABeginning_WhereOnlyOneHasIt()
    {
        await EnterAsync(Picture("a", "abc1"), Picture("b", "abc2"), Picture("c", "ac"), Picture("d", "abcf"), Picture("e", "abd"));

        Assert.Equal(Id("abc2"), (await Catalogue.FindAsync("ABC2", Cancelled))!.Summary.JobId);
        Assert.Equal(Id("abcf"), (await Catalogue.FindAsync("abcf", Cancelled))!.Summary.JobId);
        Assert.Null(await Catalogue.FindAsync("b", Cancelled));
        Assert.Equal(
            $"'abc' is the beginning of several jobs: {Id("abc1")}, {Id("abc2")}, {Id("abcf")}; give more of it.",
            (await Assert.ThrowsAsync<RefusedException>(() => Catalogue.FindAsync("abc", Cancelled))).Message);
        Assert.EndsWith(", …; give more of it.", (await Assert.ThrowsAsync<RefusedException>(() => Catalogue.FindAsync("a", Cancelled))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Find_AJob_TellsEverythingOfIt()
    {
        var entry = Picture("a", "1") with { Companions = new Dictionary<string, Contracts.Messages.SourceFile> { ["mask"] = new("m", "ff", 1) } };
        await EnterAsync(entry);

        var job = await ShowAsync("1");

        Assert.Equal(("1.2.0", "default", 7L, entry.Picture), (job.PluginVersion, job.Preset, job.Seed, job.Picture));
        Assert.Equal(entry.Options, job.Options);
        Assert.Equal(entry.Companions, job.Companions);
        Assert.Equal(new JobPlacement("denoise/a.png", "denoise/a.png", 1, Copies.PlacementState.Own, null), Assert.Single(job.Placements));
        Assert.Equal((Time.GetUtcNow(), null), (job.Summary.EnteredAt, job.Metrics));
    }

    [Fact]
    public async Task Summary_OfSeveralTasks_CountsEachState()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2") with { Task = "inpainting" }, Picture("c", "3"), Refused("d", "4", "No."));
        await TakeAsync(1);

        Assert.Equal(
            [new("denoise", JobState.Waiting, 1), new("denoise", JobState.Queued, 1), new("denoise", JobState.Rejected, 1), new StateCount("inpainting", JobState.Waiting, 1)],
            (await Catalogue.SummaryAsync(Cancelled)).OrderBy(c => c.Task, StringComparer.Ordinal).ThenBy(c => c.State));
    }

    private async Task<IEnumerable<string>> ListAsync(JobFilter filter) => (await Catalogue.ListAsync(filter, Cancelled)).Select(j => j.JobId.TrimEnd('0'));
}
