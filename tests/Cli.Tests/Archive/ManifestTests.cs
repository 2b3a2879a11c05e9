using DipPipeline.Jobs.Runs;

namespace DipPipeline.Cli.Tests.Archive;

public sealed class ManifestTests : IDisposable
{
    private readonly ArchiveBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Csv_EveryColumn_IsTaken()
    {
        var manifest = _bench.Manifest(
            "scans.csv",
            "path,task,preset,mask,options,priority,output",
            "box 1/a.tif,,,,,,",
            "\"box, 2/б.png\",inpaint,fast,masks/b.png,iterations=300; channels-skip=4,5,other/b.png",
            "",
            "box 1/c.png,,fast,,,-3,");

        var ran = _bench.Run(manifest, "--task", "denoise", "--set", "iterations=50");

        Assert.Equal((0, "3 rows are entered as run 'scans'; 'dip archive status scans' shows how it goes.\n", ""), (ran.Code, ran.Out, ran.Error));
        var rows = await _bench.RowsAsync("scans");
        Assert.Equal(
            [
                new(2, 1, "box 1/a.tif", null, "denoise/box 1/a.tif.png", -10),
                new(3, 2, "box, 2/б.png", "masks/b.png", "other/b.png", 5),
                new(5, 3, "box 1/c.png", null, "denoise/box 1/c.png", -3),
            ],
            rows.Select(r => r.Row));
        // A preset of the row's own stands for the values it names; what the row says itself wins.
        Assert.Equal([("denoise", null, "50"), ("inpaint", "fast", "300"), ("denoise", "fast", null)], rows.Select(r => (r.Settings.Task, r.Settings.Preset, r.Settings.Options.GetValueOrDefault("iterations"))));
    }

    [Theory]
    [InlineData("path;priority", "a.png;7")]
    [InlineData("path\tpriority", "a.png\t7")]
    [InlineData("\uFEFFpriority,path", "7,a.png")]
    [InlineData("\uFEFF\"path\",\"priority\"", "\"a.png\",\"7\"")]
    [InlineData(" PATH , Priority", "a.png,7")]
    public async Task Csv_OtherSeparatorsOrdersAndAByteOrderMark_AreUnderstood(string header, string row)
    {
        Assert.Equal(0, _bench.Run(_bench.Manifest("scans.csv", header, row), "--task", "denoise").Code);
        Assert.Equal(new ManifestRow(2, 1, "a.png", null, "denoise/a.png", 7), Assert.Single(await _bench.RowsAsync("scans")).Row);
    }

    [Fact]
    public async Task Csv_MoreSettingsThanAreKept_EachRowHasItsOwn()
    {
        const int kept = 10_000;
        string[] lines = ["path,options", .. Enumerable.Range(1, kept + 5).Select(n => $"{n}.png,iterations={n}"), "last.png,iterations=1"];

        Assert.Equal(0, _bench.Run(_bench.Manifest("scans.csv", lines), "--task", "denoise").Code);

        var rows = await _bench.RowsAsync("scans");
        Assert.Equal([.. Enumerable.Range(1, kept + 5).Select(n => $"{n}"), "1"], rows.Select(r => r.Settings.Options["iterations"]));
        // The first were forgotten meanwhile, as a million would fill the memory.
        Assert.Equal(kept + 6, rows[^1].Row.Settings);
    }

    [Fact]
    public async Task JsonLines_EveryPart_IsTaken()
    {
        var manifest = _bench.Manifest(
            "scans.jsonl",
            """{"path": "a.png"}""", "",
            """{"path": "б.png", "task": "inpaint", "preset": "fast", "mask": "m.png", "options": {"iterations": 300, "channels-skip": [4, 4], "up-1x1": false}, "priority": 5, "output": "o.png"}""");

        Assert.Equal(0, _bench.Run(manifest, "--task", "denoise").Code);

        var rows = await _bench.RowsAsync("scans");
        Assert.Equal([new(1, 1, "a.png", null, "denoise/a.png", -10), new(3, 2, "б.png", "m.png", "o.png", 5)], rows.Select(r => r.Row));
        Assert.Equal("300 4,4 false", string.Join(' ', rows[1].Settings.Options.Values));
    }

    [Fact]
    public async Task Folder_ItsPicturesByName_WithoutMasksHiddenFilesAndResults()
    {
        foreach (var name in (string[])["a.mask.png", "b/2.TIF", "b/1.jpg", "a.png", ".hidden.png", "notes.txt", ".hidden/c.png"])
        {
            _bench.Dip.AddFile("watch/scans/" + name);
        }

        var ran = _bench.Run(Path.Join(_bench.Watch, "scans"), "--task", "inpaint");

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.Equal(["scans/a.png", "scans/b/1.jpg", "scans/b/2.TIF"], (await _bench.RowsAsync("scans")).Select(r => r.Row.Path));
    }

    [Fact]
    public void Errors_AreAllSaidWithTheirLines_AndNothingIsEntered()
    {
        var manifest = _bench.Manifest(
            "scans.csv",
            "path,task,preset,mask,options,priority,output",
            "a.png,denose,,,,,",
            "a.png,,fats,,,,",
            "a.png,,,,iterations=0;colour=red,,",
            "../a.png,,,,,,",
            "/etc/a.png,,,,,,",
            "a.png,,,m.png,,,",
            "a.png,,,,,soon,",
            "a.png,,,,,,a.jpg",
            "a.png,,,,,,.dip/a.png",
            "good.png,,,,,,",
            "other.png,,,,,,denoise/good.png",
            "curve.png,,,,,,denoise/good.curve.png",
            "a.png,b",
            ",,,,,,",
            "a.png,,,,iterations,,");

        var ran = _bench.Run(manifest, "--task", "denoise");

        Assert.Equal((2, ""), (ran.Code, ran.Out));
        Assert.False(_bench.HasCatalogue);
        string[] expected =
        [
            "line 2: There is no task 'denose' (did you mean 'denoise'?); known tasks are denoise, inpaint, superres.",
            "line 3: Task 'denoise' has no preset 'fats' (did you mean 'fast'?); it has balanced, fast.",
            "line 4: Option 'iterations' is '0'; accepted: a whole number from 1 to 1000000. Task 'denoise' has no option 'colour'.",
            "line 5: path is '../a.png'; accepted: names separated by single slashes, none of them '.' or '..', below the pipeline's folder.",
            $"line 6: path is '/etc/a.png', which does not lie in the pipeline's folder of pictures, '{_bench.Watch}'; accepted: a path within it.",
            "line 7: task 'denoise' takes no mask; leave mask 'm.png' out.",
            "line 8: priority is 'soon'; accepted: a whole number from -2147483648 to 2147483647.",
            "line 9: output is 'a.jpg'; accepted: a path that ends in .png, as results are always PNG.",
            "line 10: output is '.dip/a.png'; accepted: a path outside of '.dip', which holds the pipeline's own state.",
            "line 12: its output 'denoise/good.png' is written by the row in line 11 already; give it another with a column 'output'.",
            "line 13: its output 'denoise/good.curve.png' is written by the row in line 11 already; give it another with a column 'output'.",
            "line 14: it has 2 field(s), and the first line names 7; put a field that has a separator in it into quotes.",
            "line 15: path is ''; accepted: names separated by single slashes, none of them '.' or '..', below the pipeline's folder.",
            "line 16: options is 'iterations'; accepted: name=value, and more of them after semicolons, such as 'iterations=500; seed=1'.",
        ];
        Assert.Equal([.. expected.Select(e => $"dip: {manifest}, {e}"), $"dip: 14 of 15 rows of '{manifest}' are wrong; nothing was entered."], ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("""["a.png"]""", "it is no object; accepted: one such as {\"path\": \"album/photo.tif\"}.")]
    [InlineData("""{"path": "a.png" """, "it is not JSON; accepted: one object a line, such as {\"path\": \"album/photo.tif\"}.")]
    [InlineData("""{"path": "a.png", "pat": 1}""", "there is no column 'pat' (did you mean 'path'?); accepted: path, task, preset, mask, options, priority, output.")]
    [InlineData("""{"path": "a.png", "priority": "high"}""", "priority is \"high\"; accepted: a whole number.")]
    [InlineData("""{"path": "a.png", "options": {"iterations": {}}}""", "option 'iterations' is {}; accepted: a text, a number, true, false, or a list of numbers.")]
    public void JsonLines_AWrongLine_IsSaidWithItsNumber(string line, string error)
    {
        var manifest = _bench.Manifest("scans.ndjson", """{"path": "b.png"}""", line);

        var ran = _bench.Run(manifest, "--task", "denoise");

        Assert.Equal(2, ran.Code);
        Assert.StartsWith($"dip: {manifest}, line 2: {error}\n", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("path,pirority", "there is no column 'pirority' (did you mean 'priority'?); accepted: path, task, preset, mask, options, priority, output.")]
    [InlineData("task,output", "there is no column 'path'; the first line names the columns, such as 'path,task,output'.")]
    public void Csv_AWrongHeader_IsOneSentence(string header, string error)
    {
        var manifest = _bench.Manifest("scans.csv", header, "a,b");
        var ran = _bench.Run(manifest, "--task", "denoise");
        Assert.Equal((2, $"dip: '{manifest}', line 1: {error}\n"), (ran.Code, ran.Error));
    }

    [Fact]
    public void Csv_BytesThatAreNoText_AreNotTakenForOtherNames()
    {
        var manifest = _bench.Manifest("scans.csv");
        File.WriteAllBytes(manifest, [.. "path\na.png\nb"u8, 0xff, .. ".png\n"u8]);

        var ran = _bench.Run(manifest, "--task", "denoise");

        Assert.Equal(2, ran.Code);
        Assert.Contains("UTF-8", ran.Error, StringComparison.Ordinal);
        Assert.False(_bench.HasCatalogue);
    }
}
