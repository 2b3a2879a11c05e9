namespace DipPipeline.Watcher.Tests;

public sealed class SourceIndexTests
{
    /// <summary>Two looks at the same picture, the second of which began before the first was entered, are one.</summary>
    [Fact]
    public void TryBegin_EnteredMeanwhile_OnlyAsItStandsNow()
    {
        var sources = new SourceIndex();
        var (before, after) = (new Fingerprint(1, 1), new Fingerprint(2, 1));
        Assert.Null(sources.Known("a.png"));
        Assert.True(sources.TryBegin("a.png", before));
        Assert.False(sources.TryBegin("a.png", after));
        sources.End("a.png", before);
        Assert.False(sources.TryBegin("a.png", before));
        Assert.True(sources.TryBegin("a.png", after));
        sources.End("a.png", null);
        Assert.True(sources.TryBegin("a.png", after));
        sources.End("a.png", after);
        sources.Forget("a.png");
        Assert.True(sources.TryBegin("a.png", after));
    }
}
