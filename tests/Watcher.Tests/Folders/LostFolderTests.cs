namespace DipPipeline.Watcher.Tests;

public sealed class LostFolderTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Everything_FolderGoneOrEmptyOfASudden_ForgetsNothingAndSaysSoOnce(bool isGone)
    {
        using var bench = new WatchedBench();
        bench.Old("album/photo.png");
        Assert.Single(bench.Scan());
        var away = bench.Folder.Root + ".away";
        Directory.Move(bench.Folder.Root, away);
        if (!isGone)
        {
            Directory.CreateDirectory(bench.Folder.Root);
        }

        Assert.Empty(bench.Scan());
        Assert.Empty(bench.Scan());
        Assert.True(bench.Examination.IsLost);
        Assert.Single(bench.Log.Lines, l => l.Contains("is gone, or empty", StringComparison.Ordinal));

        if (!isGone)
        {
            Directory.Delete(bench.Folder.Root);
        }

        Directory.Move(away, bench.Folder.Root);
        Assert.Empty(bench.Scan());
        Assert.False(bench.Examination.IsLost);
        Assert.Single(bench.Log.Lines, l => l.Contains("is back", StringComparison.Ordinal));
    }

    [Fact]
    public void Everything_RenamedFolder_IsPicturesOfOtherPaths()
    {
        using var bench = new WatchedBench();
        bench.Old("album/photo.png");
        Assert.Single(bench.Scan());
        Directory.Move(bench.At("album"), bench.At("renamed"));
        bench.Hints.AddFolder("renamed");
        Assert.Equal(["renamed/photo.png"], WatchedBench.Names(bench.Look()));
    }
}
