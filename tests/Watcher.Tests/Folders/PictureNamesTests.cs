namespace DipPipeline.Watcher.Tests;

public sealed class PictureNamesTests
{
    [Fact]
    public void Everything_DefaultPatterns_TakePicturesInAnyCaseAndLeaveTheRest()
    {
        using var bench = new WatchedBench();
        string[] pictures = ["a.png", "b.JPG", "c.jpeg", "d.Tif", "e.tiff", "f/g/h.webp", "i.bmp"];
        string[] others =
        [
            "a.txt", "a.png.part", "b.tmp", "c.crdownload", ".hidden.png", ".folder/a.png", "Thumbs.db", "@eaDir/a.png", "x/@eaDir/a.png", "noextension", ".dip.json", "a.options.json",
        ];
        foreach (var name in pictures.Concat(others))
        {
            bench.Old(name, name.EndsWith(".json", StringComparison.Ordinal) ? "{}" : "picture");
        }

        Assert.Equal(pictures, WatchedBench.Names(bench.Scan()));
    }

    [Fact]
    public void Everything_OwnPatterns_DecideByPathInAnyCase()
    {
        using var bench = new WatchedBench(options: new() { Include = ["**/*.png", "raw/*.dng"], Exclude = ["**/drafts/**"] });
        foreach (var name in (string[])["a.PNG", "a.jpg", "raw/b.dng", "raw/deep/c.dng", "x/drafts/d.png", "x/e.png"])
        {
            bench.Old(name);
        }

        Assert.Equal(["a.PNG", "raw/b.dng", "x/e.png"], WatchedBench.Names(bench.Scan()));
    }

    [Fact]
    public void Everything_FolderNamedLikeAPicture_IsLookedThrough()
    {
        using var bench = new WatchedBench();
        bench.Old("album.png/photo.png");
        Assert.Equal(["album.png/photo.png"], WatchedBench.Names(bench.Scan()));
    }

    [Fact]
    public void Everything_LongCyrillicNameWithSpaces_IsTaken()
    {
        using var bench = new WatchedBench();
        // 200 characters; file systems count bytes, of which most allow 255.
        var name = $"{string.Concat(Enumerable.Repeat("снимок ", 7))}{new string('x', 147)}.png";
        Assert.Equal(200, name.Length);
        bench.Old(name);
        var look = Assert.Single(bench.Scan());
        Assert.Equal($"pictures/{name}", look.Picture.Path);
        Assert.Equal($"pictures/{name}", look.Output);
    }

    [Fact]
    public void Everything_NamesThatDifferInCase_HaveResultsOfTheirOwn()
    {
        using var bench = new WatchedBench();
        bench.Old("a.png");
        bench.Old("A.png");
        bench.Old("a.PNG");
        var looks = bench.Scan();
        Assert.Equal(["pictures/A.png", "pictures/a.PNG.png", "pictures/a.png"], looks.Select(l => l.Output).Order(StringComparer.Ordinal));
        Assert.All(looks, l => Assert.Null(l.Rejection));
    }

    [Theory]
    [InlineData("photo.jpg", "photo.jpg.png")]
    [InlineData("photo.png", "photo.curve.png")]
    [InlineData("photo.PNG", "photo.PNG.curve.png")]
    public void Everything_ResultsOfOneName_RefusesTheLongerName(string shorter, string longer)
    {
        using var bench = new WatchedBench();
        bench.Old(longer);
        bench.Old(shorter);
        var looks = bench.Scan();
        Assert.Null(looks.Single(l => l.Picture.Path == $"pictures/{shorter}").Rejection);
        var refused = looks.Single(l => l.Picture.Path == $"pictures/{longer}");
        Assert.Equal($"The results of 'pictures/{longer}' and of '{shorter}' beside it would have the same names; rename one of them.", refused.Rejection);
        Assert.NotEqual(looks.Single(l => l != refused).Output, refused.Output);
        Assert.Empty(bench.Scan());

        File.Delete(bench.At(shorter));
        Assert.Null(Assert.Single(bench.Scan()).Rejection);
    }

    [Fact]
    public void Everything_ResultsOfOneName_KeepWhoCameFirst()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.jpg.png");
        Assert.Null(Assert.Single(bench.Scan()).Rejection);
        bench.Old("photo.jpg");
        Assert.NotNull(Assert.Single(bench.Scan()).Rejection);
        Assert.Empty(bench.Scan());
    }

    [Fact]
    public void Everything_EmptyPicture_IsRefusedUntilItHasContent()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png", "");
        Assert.Equal("'pictures/photo.png' is empty (0 bytes); accepted: a picture.", Assert.Single(bench.Scan()).Rejection);
        Assert.Empty(bench.Scan());
        bench.Old("photo.png");
        Assert.Null(Assert.Single(bench.Scan()).Rejection);
    }

    [Fact]
    public void Everything_FolderOfItsOwnWithin_IsLeftToIt()
    {
        using var files = new TemporaryFolder();
        files.Write("watch/a/photo.png", "x");
        files.Write("watch/a/urgent/photo.png", "x");
        var folders = FolderPlan.Make(
            new WatcherOptions { Folders = [new() { Path = "a", Task = "denoise" }, new() { Path = "a/urgent", Task = "denoise", Priority = 9 }] },
            new() { Inputs = files.At("watch"), Results = files.At("restored") }, FixtureTasks.Known(files), out var errors);
        Assert.Empty(errors);
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UtcNow.AddHours(1));
        var looks = folders.Select(f => new FolderExamination(f, Trees.Local, new(), new(), time, new LogLines()).Everything().Select(l => (l.Picture.Path, l.Options!.Priority)));
        Assert.Equal([[("a/photo.png", 0)], [("a/urgent/photo.png", 9)]], looks);
        // Events come from there all the same.
        Assert.Empty(new FolderExamination(folders[0], Trees.Local, new(), new(), time, new LogLines()).Hinted(new() { ["urgent"] = ["photo.png"] }));
    }
}
