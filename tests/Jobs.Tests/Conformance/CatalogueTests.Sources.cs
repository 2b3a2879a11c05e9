using DipPipeline.Jobs.Sources;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task LoadSources_AfterEntries_TellsTheLastFingerprintOfEach()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"));
        await EnterAsync(Picture("a", "3"));

        Assert.Equal([new SeenSource("denoise/a.png", "a@3"), new SeenSource("denoise/b.png", "b@2")], await SourcesAsync());
    }

    [Fact]
    public async Task ForgetSources_SomeThatAreGone_LeavesTheirJobs()
    {
        await EnterAsync(Picture("a", "1"), Picture("b", "2"));

        await Catalogue.ForgetSourcesAsync(["denoise/a.png", "denoise/never-seen.png"], Cancelled);

        Assert.Equal([new SeenSource("denoise/b.png", "b@2")], await SourcesAsync());
        Assert.Equal(JobState.Waiting, await StateAsync("1"));
    }

    [Fact]
    public async Task Reexaminations_UntilReexamined_AreToldAndTheNextStartFindsThemChanged()
    {
        await EnterAsync(Refused("a", "1", "No."), Picture("b", "2"));
        await Catalogue.RetryAsync([Id("1")], Cancelled);

        Assert.Equal(["denoise/a.png"], await Catalogue.ReexaminationsAsync(Cancelled));
        Assert.Equal(["denoise/a.png"], await Catalogue.ReexaminationsAsync(Cancelled));
        await Catalogue.ReexaminedAsync("denoise/a.png", Cancelled);
        await Catalogue.ReexaminedAsync("denoise/b.png", Cancelled);

        Assert.Empty(await Catalogue.ReexaminationsAsync(Cancelled));
        Assert.Equal([new SeenSource("denoise/a.png", ""), new SeenSource("denoise/b.png", "b@2")], await SourcesAsync());
    }

    [Fact]
    public async Task Reexaminations_EnteredMeanwhile_HaveNothingToTell()
    {
        await EnterAsync(Refused("a", "1", "No."));
        await Catalogue.RetryAsync([Id("1")], Cancelled);

        await EnterAsync(Picture("a", "2"));

        Assert.Empty(await Catalogue.ReexaminationsAsync(Cancelled));
    }

    private async Task<List<SeenSource>> SourcesAsync()
    {
        List<SeenSource> sources = [];
        await foreach (var source in Catalogue.LoadSourcesAsync(Cancelled))
        {
            sources.Add(source);
        }

        return [.. sources.OrderBy(s => s.Path, StringComparer.Ordinal)];
    }
}
