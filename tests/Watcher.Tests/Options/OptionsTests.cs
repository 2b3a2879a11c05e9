namespace DipPipeline.Watcher.Tests;

public sealed class OptionsTests
{
    [Fact]
    public void Everything_SeveralPlaces_TheNearestWinsForEachPart()
    {
        using var bench = new WatchedBench(options: new() { Seed = 1, Priority = 1, Options = new Dictionary<string, string> { ["rate"] = "0.1", ["average"] = "true" } });
        bench.Old("album/photo.png");
        bench.Old(".dip.json", """{"seed": 2, "priority": 2, "options": {"rate": 0.2, "iterations": 20}}""");
        bench.Old("album/.dip.json", """{"seed": 3, "options": {"rate": "0.3"}}""");
        bench.Old("album/photo.options.json", """{"options": {"rate": 0.40, "channels": [4, 5]}}""");
        bench.Old("other/photo.png");
        var looks = bench.Scan().ToDictionary(l => l.Picture.Path, l => l.Options!);

        var nearest = looks["pictures/album/photo.png"];
        Assert.Equal((3, 2, "balanced"), (nearest.Seed, nearest.Priority, nearest.Preset));
        Assert.Equal(("0.4", "20", "true", "4,5"), (nearest.Values["rate"], nearest.Values["iterations"], nearest.Values["average"], nearest.Values["channels"]));
        var other = looks["pictures/other/photo.png"];
        Assert.Equal((2, 2, "0.2"), (other.Seed, other.Priority, other.Values["rate"]));
    }

    [Fact]
    public void Resolve_NearerPreset_WinsOverFartherValuesOfWhatItNames()
    {
        var effective = EffectiveOptions.Resolve(FixtureTasks.Denoise,
        [
            new() { Origin = "far", Options = new Dictionary<string, string> { ["iterations"] = "5000", ["rate"] = "0.5" } },
            new() { Origin = "near", Preset = "quick" },
        ]);
        Assert.Equal(("quick", "100", "0.5"), (effective.Preset, effective.Values["iterations"], effective.Values["rate"]));
    }

    [Theory]
    [InlineData("photo.options.json", "[]", "In 'pictures/album/photo.options.json' it is []; accepted: an object with any of preset, seed, priority, options.")]
    [InlineData("photo.options.json", "", "'pictures/album/photo.options.json' is not JSON (line 1)")]
    [InlineData("photo.options.json", "{\n\"preset\": ", "'pictures/album/photo.options.json' is not JSON (line 2)")]
    [InlineData("photo.options.json", """{"presett": "quick"}""", "'pictures/album/photo.options.json' has a part 'presett' (did you mean 'preset'?); accepted: preset, seed, priority, options.")]
    [InlineData("photo.options.json", """{"preset": "quik"}""", "'pictures/album/photo.options.json': Task 'denoise' has no preset 'quik' (did you mean 'quick'?); it has balanced, quick.")]
    [InlineData("photo.options.json", """{"seed": 1.5}""", "In 'pictures/album/photo.options.json' seed is 1.5; accepted: a whole number.")]
    [InlineData("photo.options.json", """{"priority": 3000000000}""", "In 'pictures/album/photo.options.json' priority is 3000000000; accepted: a whole number from -2147483648 to 2147483647.")]
    [InlineData(".dip.json", """{"options": {"iterations": 0}}""", "'pictures/album/.dip.json': Option 'iterations' is '0'; accepted: a whole number from 1 to 10000.")]
    [InlineData("photo.options.json", """{"options": {"iterationz": 1}}""", "'pictures/album/photo.options.json': Task 'denoise' has no option 'iterationz' (did you mean 'iterations'?).")]
    [InlineData("photo.options.json", """{"options": {"rate": {}}}""", "In 'pictures/album/photo.options.json' option 'rate' is {}; accepted: a text, a number, true, false, or a list of numbers.")]
    public void Everything_BadFile_RefusesThePicturesWithOneSentence(string file, string content, string sentence)
    {
        using var bench = new WatchedBench();
        bench.Old("album/photo.png");
        bench.Old("fine.png");
        bench.Old("album/" + file, content);
        var looks = bench.Scan();
        Assert.StartsWith(sentence, looks.Single(l => l.Picture.Path == "pictures/album/photo.png").Rejection, StringComparison.Ordinal);
        Assert.Null(looks.Single(l => l.Picture.Path == "pictures/fine.png").Rejection);
        Assert.Empty(bench.Scan());

        bench.Old("album/" + file, """{"preset": "quick"}  """);
        Assert.Equal("quick", Assert.Single(bench.Scan()).Options!.Preset);
    }

    [Fact]
    public void Hinted_FolderOptionsChanged_LooksAtAllBelow()
    {
        using var bench = new WatchedBench();
        bench.Old("album/a.png");
        bench.Old("album/deep/b.png");
        bench.Old("c.png");
        Assert.Equal(3, bench.Scan().Length);
        bench.Old("album/.dip.json", """{"preset": "quick"}""");
        bench.Hints.AddFolder("album");
        Assert.Equal(["album/a.png", "album/deep/b.png"], WatchedBench.Names(bench.Look()));

        File.Delete(bench.At("album/.dip.json"));
        bench.Hints.AddFolder("album");
        Assert.All(bench.Look(), l => Assert.Equal("balanced", l.Options!.Preset));
    }

    [Fact]
    public void Look_OwnOptionsChanged_LooksAtEachPictureOfTheName()
    {
        using var bench = new WatchedBench();
        bench.Old("a/photo.png");
        bench.Old("a/photo.jpg");
        bench.Old("a/photo2.png");
        Assert.Equal(3, bench.Scan().Length);
        bench.Old("a/photo.options.json", "\uFEFF{\"seed\": 7, /* why */ }");
        var looks = bench.Look("a/photo.options.json");
        Assert.Equal(["a/photo.jpg", "a/photo.png"], WatchedBench.Names(looks));
        Assert.All(looks, l => Assert.Equal(7, l.Options!.Seed));
    }

    [Fact]
    public void Everything_ConfigurationChanged_LooksAtEverything()
    {
        using var bench = new WatchedBench();
        bench.Old("photo.png");
        Assert.Single(bench.Scan());
        var version = bench.Folder with { Task = bench.Folder.Task with { Version = "1.0.1" } };
        Assert.Single(new FolderExamination(version, Trees.Local, bench.Sources, new(), bench.Time, bench.Log).Everything());
        var preset = bench.Folder with { Configured = bench.Folder.Configured with { Preset = "quick" } };
        bench.Sources.End("pictures/photo.png", null);
        Assert.Single(new FolderExamination(preset, Trees.Local, bench.Sources, new(), bench.Time, bench.Log).Everything());
    }
}
