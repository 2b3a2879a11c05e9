namespace DipPipeline.Watcher.Tests;

public sealed class LinkTests
{
    [Fact]
    public void Everything_LinksOut_AreRefusedWithOneWarningEach()
    {
        using var outside = new TemporaryFolder();
        using var bench = new WatchedBench();
        outside.Write("secret.png", "secret");
        File.CreateSymbolicLink(bench.At("link.png"), outside.At("secret.png"));
        Directory.CreateSymbolicLink(bench.At("folder"), outside.Path);
        Assert.Empty(bench.Scan());
        Assert.Empty(bench.Scan());
        Assert.Single(bench.Log.Lines, l => l.StartsWith("Warning", StringComparison.Ordinal) && l.Contains("link.png", StringComparison.Ordinal) && l.Contains("leads out", StringComparison.Ordinal));
    }

    [Fact]
    public void Everything_LinkWithin_IsAPictureOfItsOwnTime()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png", "content");
        File.CreateSymbolicLink(bench.At("same.png"), bench.At("photo.png"));
        var looks = bench.Scan();
        Assert.Equal(["photo.png", "same.png"], WatchedBench.Names(looks));
        Assert.All(looks, l => Assert.Equal(7, l.Picture.Length));
    }

    [Fact]
    public void Everything_LinkedFolderWithinAndCircle_AreNotFollowed()
    {
        using var bench = new WatchedBench();
        bench.Old("album/photo.png");
        Directory.CreateSymbolicLink(bench.At("again"), bench.At("album"));
        Directory.CreateSymbolicLink(bench.At("album/circle"), bench.At(""));
        File.CreateSymbolicLink(bench.At("loop.png"), bench.At("loop.png"));
        File.CreateSymbolicLink(bench.At("nowhere.png"), bench.At("nothing.png"));
        Assert.Equal(["album/photo.png"], WatchedBench.Names(bench.Scan()));
    }

    [Fact]
    public void Everything_OptionsThatAreALinkOut_AreNotRead()
    {
        using var outside = new TemporaryFolder();
        using var bench = new WatchedBench();
        outside.Write("o.json", """{"preset": "quick"}""");
        bench.Old("photo.png");
        File.CreateSymbolicLink(bench.At("photo.options.json"), outside.At("o.json"));
        Assert.Equal("balanced", Assert.Single(bench.Scan()).Options!.Preset);
    }
}
