using System.Text.Json.Nodes;

namespace DipPipeline.Cli.Tests.Restore;

/// <summary>Which pictures a call restores, with which companions, and what it refuses before any of them is opened.</summary>
public sealed class PicturesTests : IDisposable
{
    private readonly Dip _dip = new();

    public void Dispose() => _dip.Dispose();

    [Theory]
    [InlineData("scans/*.png", "a.png", "b.png")]
    [InlineData("scans/?.png", "a.png", "b.png")]
    [InlineData("scans/**/*.png", "a.png", "b.png", "c.png")]
    [InlineData("scans/*/*", "c.png", "d.jpg")]
    [InlineData("**/d.*", "d.jpg")]
    [InlineData("scans/deep/**", "c.png", "d.jpg")]
    [InlineData("scans/.h*.png", ".hidden.png")]
    public void Restore_Pattern_EveryMatchInOrder(string pattern, params string[] expected)
    {
        _dip.AddFiles("scans/b.png", "scans/a.png", "scans/deep/c.png", "scans/deep/d.jpg", "scans/.hidden.png", "scans/.trash/e.png", "scans/a.mask.png");

        var ran = _dip.Restore($"{_dip.Folder}/{pattern}", "--task", "denoise");

        Assert.Equal(expected, _dip.Restorer.Pictures);
        Assert.Equal(ExitCode.Done, ran.Code);
    }

    [Fact]
    public void Restore_PatternThroughACircleOfLinks_Ends()
    {
        _dip.AddFile("scans/a.png");
        Directory.CreateSymbolicLink($"{_dip.Folder}/scans/again", $"{_dip.Folder}/scans");

        _dip.Restore($"{_dip.Folder}/scans/**/*.png", "--task", "denoise");

        Assert.Equal(["a.png"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_FileWithAStarInItsName_IsThatFile()
    {
        _dip.AddFiles("a*.png", "ab.png");

        _dip.Restore($"{_dip.Folder}/a*.png", "--task", "denoise");

        Assert.Equal(["a*.png"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_PatternMatchesNothing_Refused()
    {
        var ran = _dip.Restore($"{_dip.Folder}/*.tif", "--task", "denoise");

        Assert.Equal($"dip: No file matches '{_dip.Folder}/*.tif'.{Environment.NewLine}", ran.Error);
        Assert.Equal(ExitCode.Refused, ran.Code);
    }

    [Fact]
    public void Restore_OnePatternMatchesNothing_TheRestRuns()
    {
        var picture = _dip.AddFile("a.png");

        var ran = _dip.Restore($"{_dip.Folder}/*.tif", "", picture, "--task", "denoise", "--json");

        Assert.Equal(["a.png"], _dip.Restorer.Pictures);
        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Equal(["refused", "refused", "done"], JsonNode.Parse(ran.Out)!.AsArray().Select(o => (string?)o!["status"]));
    }

    [Theory]
    [InlineData("**/*.png", "restored", "a.png", "b.png")]
    [InlineData("*/*.png", "restored", "b.png")]
    [InlineData("*/*.png", "scans", "old.png")]
    [InlineData("restored/*.png", "elsewhere", "old.png")]
    [InlineData("scans/*.png", ".", "b.png")]
    [InlineData("restored/*.png", "restored/again", "old.png")]
    public void Restore_PatternReachesIntoTheOutputFolder_LeavesItOut(string pattern, string output, params string[] expected)
    {
        _dip.AddFiles("a.png", "scans/b.png", "restored/old.png");

        _dip.Run("restore", $"{_dip.Folder}/{pattern}", "--task", "denoise", "--out", $"{_dip.Folder}/{output}");

        Assert.Equal(expected, _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_PatternMatchesEarlierResults_LeavesThemOut()
    {
        _dip.AddFiles("a.jpg", "a.jpg.png", "a.jpg.curve.png", "a.jpg.preview.jpg", "b.png", "c.png", "d.png");
        File.WriteAllText(_dip.AddFile("a.jpg.json"), """{ "jobId": "1", "output": { "path": "/elsewhere/a.jpg.png" } }""");
        File.WriteAllText(_dip.AddFile("b.json"), """{ "jobId": "1", "output": { "path": "restored/another.png" } }""");
        File.WriteAllText(_dip.AddFile("c.json"), """{ "camera": "pinhole" }""");
        File.WriteAllText(_dip.AddFile("d.json"), "[");

        _dip.Restore($"{_dip.Folder}/*.png", $"{_dip.Folder}/*.jpg", "--task", "denoise");

        Assert.Equal(["b.png", "c.png", "d.png", "a.jpg"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_EarlierResultNamed_IsAPicture()
    {
        _dip.Restore(_dip.AddFile("a.curve.png"), "--task", "denoise");

        Assert.Equal(["a.curve.png"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_PatternMatchesMasksOnly_Refused()
    {
        _dip.AddFile("a.mask.png");

        var ran = _dip.Restore($"{_dip.Folder}/*.png", "--task", "inpaint");

        Assert.Contains("only companions", ran.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, ran.Code);
    }

    [Fact]
    public void Restore_ShellExpandedMasks_AreNotPictures()
    {
        var files = _dip.AddFiles("a.mask.png", "a.png", "b.jpg", "b.mask.png");

        _dip.Restore([.. files, "--task", "inpaint"]);

        Assert.Equal(["a.png", "b.jpg"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_AMaskAlone_IsAPicture()
    {
        _dip.Restore(_dip.AddFile("a.mask.png"), "--task", "denoise");

        Assert.Equal(["a.mask.png"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_SamePictureTwice_Once()
    {
        var picture = _dip.AddFile("a.png");

        _dip.Restore(picture, $"{_dip.Folder}/./a.png", $"{_dip.Folder}/*.png", "--task", "denoise");

        Assert.Equal(["a.png"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_MaskBeside_IsTakenWhereThereIsOneAndTheTaskHasMasks()
    {
        var files = _dip.AddFiles("a.png", "b.jpg", "b.mask.png", "a.curve.txt");

        _dip.Restore(files[0], files[1], "--task", "inpaint");
        _dip.Restore(files[1], "--task", "denoise");

        Assert.Empty(_dip.Restorer.Requests[0].CompanionPaths);
        Assert.Equal(files[2], _dip.Restorer.Requests[1].CompanionPaths["mask"]);
        Assert.Empty(_dip.Restorer.Requests[2].CompanionPaths);
    }

    [Fact]
    public void Restore_MaskGiven_WinsOverTheOneBeside()
    {
        var files = _dip.AddFiles("a.png", "a.mask.png", "holes.png");

        _dip.Restore(files[0], "--task", "inpaint", "--mask", files[2]);

        Assert.Equal(files[2], _dip.Restorer.Requests.Single().CompanionPaths["mask"]);
    }

    [Theory]
    [InlineData("--mask", "--mask 'x.png' belongs to one picture, and 2 were given; put NAME.mask.png beside each picture instead.")]
    [InlineData("--reference", "--reference 'x.png' belongs to one picture, and 2 were given; restore them one by one.")]
    public void Restore_OneMaskOrReferenceForSeveral_Refused(string option, string sentence)
    {
        var files = _dip.AddFiles("a.png", "b.png");

        var ran = _dip.Restore([.. files, "--task", "inpaint", option, "x.png"]);

        Assert.Equal($"dip: {sentence}{Environment.NewLine}", ran.Error);
        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Empty(_dip.Restorer.Requests);
    }

    [Theory]
    [InlineData("x/a.png", "y/a.png", "a.png")]
    [InlineData("a.png", "a.curve.png", "a.curve.png")]
    [InlineData("a.jpg", "y/a.jpg.png", "a.jpg.png")]
    public void Restore_TwoPicturesOneOutput_TheLaterIsRefused(string first, string second, string clash)
    {
        var files = _dip.AddFiles(first, second);

        var ran = _dip.Restore([.. files, "--task", "denoise", "--json"]);

        Assert.Equal(
            $"dip: '{files[0]}' and '{files[1]}' would both write '{_dip.Out}/{clash}'; restore them into different folders with --out.{Environment.NewLine}", ran.Error);
        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Equal([files[0]], _dip.Restorer.Requests.Select(r => r.PicturePath));
        var entries = JsonNode.Parse(ran.Out)!.AsArray();
        Assert.Equal(["done", "refused"], entries.Select(o => (string?)o!["status"]));
        Assert.Equal(files, entries.Select(o => (string?)o!["input"]!["path"]));
    }

    [Fact]
    public void Restore_SameNameOfOtherFormat_BothRun()
    {
        _dip.Restore([.. _dip.AddFiles("a.png", "a.jpg"), "--task", "denoise"]);

        Assert.Equal(["a.png", "a.jpg"], _dip.Restorer.Pictures);
    }

    [Fact]
    public void Restore_OutputIsTheInput_RefusedNamingBoth()
    {
        var picture = _dip.AddFile("a.png");

        var ran = _dip.Run("restore", picture, "--task", "denoise", "--out", _dip.Folder);

        Assert.Equal(
            $"dip: The output '{_dip.Folder}/a.png' of '{picture}' would overwrite the input '{picture}'; choose another folder with --out.{Environment.NewLine}", ran.Error);
        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Empty(_dip.Restorer.Requests);
    }

    [Fact]
    public void Restore_OutputFolderLinksToTheInputs_Refused()
    {
        var picture = _dip.AddFile("scans/a.png");
        Directory.CreateSymbolicLink(_dip.Out, $"{_dip.Folder}/scans");

        Assert.Equal(ExitCode.Refused, _dip.Restore(picture, "--task", "denoise").Code);
        Assert.Empty(_dip.Restorer.Requests);
    }

    [Fact]
    public void Restore_OutputWouldOverwriteTheReference_Refused()
    {
        var files = _dip.AddFiles("noisy/a.png", "restored/a.png");

        var ran = _dip.Restore(files[0], "--task", "denoise", "--reference", files[1]);

        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Contains($"would overwrite the input '{files[1]}'", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Restore_JpegIntoItsOwnFolder_IsFine()
    {
        var picture = _dip.AddFile("a.jpg");

        Assert.Equal(ExitCode.Done, _dip.Run("restore", picture, "--task", "denoise", "--out", _dip.Folder).Code);
        Assert.Equal([picture], Directory.GetFiles(_dip.Folder));
    }
}
