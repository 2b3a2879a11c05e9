namespace DipPipeline.Watcher.Tests;

public sealed class StabilityTests
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(2);

    [Fact]
    public void Everything_OldPicture_IsTakenAtOnce()
    {
        using var bench = new WatchedBench();
        bench.Old("album/photo.png");
        Assert.Equal(["album/photo.png"], WatchedBench.Names(bench.Scan()));
    }

    [Fact]
    public void Everything_FreshPicture_IsTakenAfterTheWindow()
    {
        using var bench = new WatchedBench();
        bench.Fresh("photo.png");
        Assert.Empty(bench.Scan());
        Assert.Equal(bench.Time.GetUtcNow() + s_window, bench.Examination.Due);

        bench.Time.Advance(s_window - TimeSpan.FromMilliseconds(1));
        Assert.Empty(bench.Look());
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["photo.png"], WatchedBench.Names(bench.Look()));
        Assert.Null(bench.Examination.Due);
    }

    [Fact]
    public void Look_CopyInPieces_IsTakenOnceAndWhole()
    {
        using var bench = new WatchedBench();
        for (var piece = 1; piece <= 5; piece++)
        {
            bench.Fresh("photo.png", new string('x', piece * 1000));
            Assert.Empty(bench.Look("photo.png"));
            bench.Time.Advance(TimeSpan.FromSeconds(1.5));
            Assert.Empty(bench.Look());
        }

        bench.Time.Advance(s_window);
        Assert.Equal(5000, Assert.Single(bench.Look()).Picture.Length);
        Assert.Empty(bench.Scan());
    }

    [Fact]
    public void Look_PictureOfATimeToCome_IsTakenOnceItStoodStill()
    {
        using var bench = new WatchedBench();
        File.SetLastWriteTimeUtc(bench.Fresh("photo.png"), bench.Time.GetUtcNow().UtcDateTime.AddDays(1));
        Assert.Empty(bench.Scan());
        bench.Time.Advance(s_window);
        Assert.Single(bench.Look());
    }

    [Fact]
    public void Look_RenamedWithin_IsTakenUnderItsNewNameOnly()
    {
        using var bench = new WatchedBench();
        bench.Fresh("photo.png.part");
        Assert.Empty(bench.Scan());
        File.Move(bench.At("photo.png.part"), bench.At("photo.png"));
        Assert.Empty(bench.Look("photo.png.part", "photo.png"));
        bench.Time.Advance(s_window);
        Assert.Equal(["photo.png"], WatchedBench.Names(bench.Look()));
    }

    [Fact]
    public void Look_GoneBeforeTheWindow_IsForgotten()
    {
        using var bench = new WatchedBench();
        var path = bench.Fresh("photo.png");
        Assert.Empty(bench.Scan());
        File.Delete(path);
        Assert.Empty(bench.Look("photo.png"));
        Assert.Null(bench.Examination.Due);
    }

    [Fact]
    public void Everything_KnownPicture_IsNothingToDoAndReadsNothing()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png");
        Assert.Single(bench.Scan());
        Assert.Empty(bench.Scan());
        Assert.Empty(bench.Another().Everything());
    }

    [Fact]
    public void Everything_ChangedPicture_IsTakenAgain()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png", "one");
        Assert.Single(bench.Scan());
        bench.Fresh("photo.png", "another");
        Assert.Empty(bench.Scan());
        bench.Time.Advance(s_window);
        Assert.Single(bench.Scan());
    }

    [Fact]
    public void Look_WhileThePictureIsOnItsWay_WaitsAndLooksAgain()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png");
        var onItsWay = Assert.Single(bench.Examination.Everything());
        bench.Old("photo.png", "changed meanwhile");
        Assert.Empty(bench.Look("photo.png"));
        bench.Sources.End(onItsWay.Source, onItsWay.Fingerprint);
        bench.Time.Advance(s_window);
        Assert.Single(bench.Look());
    }

    [Fact]
    public void Return_ChangedWhileRead_IsLookedAtAgain()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png");
        var look = Assert.Single(bench.Examination.Everything());
        bench.Sources.End(look.Source, null);
        bench.Examination.Return(look, unreadable: null);
        Assert.Single(bench.Look());
    }

    [Fact]
    public void Return_Unreadable_IsTriedAgainThenRefusedUntilItCanBeRead()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png");
        var begun = bench.Time.GetUtcNow();
        SourceLook look;
        while ((look = Assert.Single(bench.Examination.Everything())).Rejection is null)
        {
            bench.Sources.End(look.Source, null);
            bench.Examination.Return(look, "'pictures/photo.png' cannot be read.");
            Assert.Empty(bench.Look());
            bench.Time.SetUtcNow(bench.Examination.Due!.Value);
        }

        Assert.Equal(TimeSpan.FromMinutes(1), bench.Time.GetUtcNow() - begun);
        Assert.Equal("'pictures/photo.png' cannot be read.", look.Rejection);
        bench.Sources.End(look.Source, look.Fingerprint);
        // It can be read all the while: that alone makes it another matter.
        Assert.Null(Assert.Single(bench.Scan()).Rejection);
        Assert.Empty(bench.Scan());
    }
}
