using DipPipeline.Jobs.Copies;
using DipPipeline.Jobs.Entry;
using static DipPipeline.Jobs.Tests.Pictures;

namespace DipPipeline.Jobs.Tests.Conformance;

public abstract partial class CatalogueTests
{
    [Fact]
    public async Task Copied_ADueCopy_IsNotToldAgain()
    {
        await CompleteAsync(Picture("a", "1"));
        await EnterAsync(Picture("b", "1"), Picture("c", "1"));
        Assert.Equal("denoise/b.png", Assert.Single(await Catalogue.PendingCopiesAsync("", 1, Cancelled)).Output);
        Assert.Equal("denoise/c.png", Assert.Single(await Catalogue.PendingCopiesAsync("denoise/b.png", 1, Cancelled)).Output);

        Assert.True(await Catalogue.CopiedAsync("denoise/b.png", 1, Cancelled));

        Assert.Equal("denoise/c.png", Assert.Single(await Catalogue.PendingCopiesAsync("", 10, Cancelled)).Output);
        Assert.Equal(
            [(PlacementState.Own, null), (PlacementState.Copied, Time.GetUtcNow()), (PlacementState.CopyDue, (DateTimeOffset?)null)],
            (await ShowAsync("1")).Placements.Select(p => (p.State, p.CopiedAt)));
        Assert.False(await Catalogue.CopiedAsync("denoise/b.png", 1, Cancelled));
    }

    [Fact]
    public async Task Copied_AnOutputOfANewerGeneration_ChangesNothing()
    {
        await CompleteAsync(Picture("a", "1"));
        await CompleteAsync(Picture("b", "2"));
        await EnterAsync(Picture("c", "1"));
        await EnterAsync(Picture("c", "2"));

        Assert.False(await Catalogue.CopiedAsync("denoise/c.png", 1, Cancelled));
        Assert.True(await Catalogue.CopiedAsync("denoise/c.png", 2, Cancelled));
    }

    [Fact]
    public async Task CopyFailed_TheOriginalIsGone_TheJobIsDoneAgainForTheCopy()
    {
        await CompleteAsync(Picture("a", "1"));
        await EnterAsync(Picture("b", "1"), Picture("c", "1"));

        Assert.True(await Catalogue.CopyFailedAsync("denoise/b.png", 1, "'denoise/a.png' is gone.", Cancelled));

        Assert.Empty(await Catalogue.PendingCopiesAsync("", 10, Cancelled));
        Assert.Equal(["denoise/b.png"], await Catalogue.ReexaminationsAsync(Cancelled));
        Assert.Equal(EntryOutcome.Requeued, await EnterOneAsync(Picture("b", "1")));
        await CompleteWaitingAsync();
        Assert.Equal(
            [("denoise/a.png", "denoise/b.png"), ("denoise/c.png", "denoise/b.png")],
            (await Catalogue.PendingCopiesAsync("", 10, Cancelled)).Select(c => (c.Output, c.Original)));
    }

    [Fact]
    public async Task CopyFailed_TheSourceIsGoneToo_TheOutputStaysEmptyUntilItComesBack()
    {
        await CompleteAsync(Picture("a", "1"));
        await EnterAsync(Picture("b", "1"));
        await Catalogue.ForgetSourcesAsync(["denoise/b.png"], Cancelled);

        await Catalogue.CopyFailedAsync("denoise/b.png", 1, "'denoise/a.png' is gone.", Cancelled);

        Assert.Equal(JobState.Completed, await StateAsync("1"));
        Assert.Equal([PlacementState.Own, PlacementState.CopyFailed], (await ShowAsync("1")).Placements.Select(p => p.State));
        Assert.Equal(EntryOutcome.Copy, await EnterOneAsync(Picture("b", "1")));
        Assert.Single(await Catalogue.PendingCopiesAsync("", 10, Cancelled));
    }
}
