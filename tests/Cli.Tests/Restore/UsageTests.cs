using System.Globalization;
using System.Text.Json.Nodes;
using DipPipeline.Cli.Restore;

namespace DipPipeline.Cli.Tests.Restore;

/// <summary>Wrong usage: exit code 2, one line on standard error, nothing on standard output, nothing written, nothing restored.</summary>
public sealed class UsageTests : IDisposable
{
    private readonly Dip _dip = new();
    private readonly string _picture;

    public UsageTests() => _picture = _dip.AddFile("photo.png");

    public void Dispose() => _dip.Dispose();

    [Theory]
    [InlineData("Say which task with --task T; known tasks are denoise, inpaint, superres.")]
    [InlineData("There is no task 'denose' (did you mean 'denoise'?); known tasks are denoise, inpaint, superres.", "--task", "denose")]
    [InlineData("Task 'denoise' has no preset 'fats' (did you mean 'fast'?); it has balanced, fast.", "--task", "denoise", "--preset", "fats")]
    [InlineData("Option 'factor' is '5'; accepted: 2, 3, 4, 8.", "--task", "superres", "--set", "factor=5")]
    [InlineData("Task 'denoise' has no option 'iteration' (did you mean 'iterations'?).", "--task", "denoise", "--set", "iteration=5")]
    [InlineData("Task 'denoise' has no option 'colour'; 'dip plugins describe denoise' lists its options.", "--task", "denoise", "--set", "colour=red")]
    [InlineData("Option 'iterations' is '0'; accepted: a whole number from 1 to 1000000.", "--task", "denoise", "--set", "iterations=0")]
    [InlineData("Unknown device 'gpu'; accepted: auto, cpu, or a CUDA device such as cuda:0.", "--task", "denoise", "--device", "gpu")]
    [InlineData("Unknown device 'cuda:x'; accepted: auto, cpu, or a CUDA device such as cuda:0.", "--task", "denoise", "--device", "cuda:x")]
    [InlineData("--seed is 'many'; accepted: a whole number.", "--task", "denoise", "--seed", "many")]
    [InlineData("--max-pixels is '0'; accepted: a whole number of at least 1.", "--task", "denoise", "--max-pixels", "0")]
    [InlineData("--set takes key=value, such as iterations=500; it was given 'iterations'. Pictures go before --set.", "--task", "denoise", "--set", "iterations")]
    [InlineData("'dip restore' has no option '--presett' (did you mean '--preset'?); 'dip restore --help' lists its options.", "--task", "denoise", "--presett", "fast")]
    [InlineData("'dip restore' has no option '--seeds' (did you mean '--seed'?); 'dip restore --help' lists its options.", "--task", "denoise", "--set", "iterations=5", "--seeds", "3")]
    [InlineData("Task 'denoise' takes no mask; leave --mask 'm.png' out.", "--task", "denoise", "--mask", "m.png")]
    [InlineData("Required argument missing for option: '--task'.", "--task")]
    [InlineData("--mask is empty; accepted: a picture file.", "--task", "inpaint", "--mask", "")]
    [InlineData("--reference is empty; accepted: a picture file.", "--task", "denoise", "--reference", "")]
    public void Restore_WrongUsage_OneSentenceAndExitCode2(string sentence, params string[] args) =>
        AssertRefused(sentence, _dip.Restore([_picture, .. args]));

    [Fact]
    public void Restore_NoPicture_OneSentenceAndExitCode2() =>
        AssertRefused("Say which pictures to restore: dip restore IMAGE… --task T.", _dip.Restore("--task", "denoise"));

    [Fact]
    public void Restore_EmptyPicture_OneSentenceAndExitCode2() =>
        AssertRefused("The name of a picture is empty; accepted: a file or a pattern.", _dip.Restore("", "--task", "denoise"));

    [Fact]
    public void Restore_EmptyOutputFolder_OneSentenceAndExitCode2() =>
        AssertRefused("--out is empty; accepted: a folder.", _dip.Run("restore", _picture, "--task", "denoise", "--out", ""));

    [Fact]
    public void Restore_SeveralWrongOptions_NamesAll()
    {
        var ran = _dip.Restore(_picture, "--task", "superres", "--set", "factor=5", "colour=red");

        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Contains("'5'", ran.Error, StringComparison.Ordinal);
        Assert.Contains("'colour'", ran.Error, StringComparison.Ordinal);
        Assert.EndsWith($". 'dip plugins describe superres' lists its options.{Environment.NewLine}", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Say what to do: dip restore|demo|up|submit|jobs|archive|plugins|bench; 'dip --help' tells more.")]
    [InlineData("'dip' has no command 'restor' (did you mean 'restore'?); it has restore, demo, up, submit, jobs, archive, plugins, bench.", "restor")]
    [InlineData("'dip' has no option '--colour'; 'dip --help' lists its options.", "--colour")]
    [InlineData("Say what to do: dip archive run|status|pause|resume|retry|report; 'dip archive --help' tells more.", "archive")]
    [InlineData("Say what to do: dip plugins ls|describe|pack; 'dip plugins --help' tells more.", "plugins")]
    [InlineData("'dip plugins ls' does not take 'x'; 'dip plugins ls --help' tells what it takes.", "plugins", "ls", "x")]
    public void Run_WrongCommand_OneSentenceAndExitCode2(string sentence, params string[] args) => AssertRefused(sentence, _dip.Run(args));

    [Fact]
    public void Restore_OutputFolderIsAFile_Refused()
    {
        var file = _dip.AddFile("occupied");

        AssertRefused(
            $"The output folder '{file}/deeper' cannot be written: '{file}' is a file.",
            _dip.Run("restore", _picture, "--task", "denoise", "--out", $"{file}/deeper"));
    }

    [Fact]
    public void Restore_OutputFolderOfTheKernel_RefusedEvenForRoot()
    {
        Assert.SkipUnless(Directory.Exists("/proc/self"), "There is no /proc here.");

        var ran = _dip.Run("restore", _picture, "--task", "denoise", "--out", "/proc/restored");

        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.StartsWith("dip: The output folder '/proc/restored' cannot be written: ", ran.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(".dip-", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("deep/{0}/deeper")]
    public void Restore_OutputFolderWithAnOverlongName_RefusedAndNothingIsLeft(string form)
    {
        var folder = Path.Join(_dip.Out, string.Format(CultureInfo.InvariantCulture, form, new string('n', 300)));

        AssertRefused(
            $"The output folder '{folder}' cannot be written: its name is longer than the file system takes.",
            _dip.Run("restore", _picture, "--task", "denoise", "--out", folder));
    }

    [Fact]
    public void Restore_OutputFolderIsALinkToNowhere_SaysSo()
    {
        File.CreateSymbolicLink($"{_dip.Folder}/link", "gone");

        AssertRefused(
            $"The output folder '{_dip.Folder}/link' cannot be written: '{_dip.Folder}/link' is a link to 'gone', which leads nowhere.",
            _dip.Run("restore", _picture, "--task", "denoise", "--out", $"{_dip.Folder}/link"));
    }

    [Fact]
    public void Restore_OutputFolderIsALinkToAFile_SaysSo()
    {
        var link = File.CreateSymbolicLink($"{_dip.Folder}/link", _picture).FullName;

        AssertRefused($"The output folder '{link}' cannot be written: '{link}' is a file.", _dip.Run("restore", _picture, "--task", "denoise", "--out", link));
    }

    [Fact]
    public void Restore_NewOutputFolder_IsThereOnlyOnceSomethingIsWritten()
    {
        var ran = _dip.Run("restore", _picture, "--task", "denoise", "--out", $"{_dip.Out}/deep/deeper/");

        Assert.Equal(ExitCode.Done, ran.Code);
        Assert.False(Directory.Exists(_dip.Out));
    }

    [Fact]
    public void Restore_ManyCallsIntoOneNewFolder_NoneIsInAnothersWay()
    {
        // Each makes the folder and takes it away again.
        Parallel.For(0, 100, i =>
        {
            var plan = Assert.Single(OutputFolder.Check([new PicturePlan($"{i}.png")], $"{_dip.Out}/shared"));
            Assert.Null(plan.Refusal);
        });
    }

    [Theory]
    [InlineData("photo.png")]
    [InlineData("photo.json")]
    public void Restore_OutputIsAFolder_Refused(string output)
    {
        var folder = Directory.CreateDirectory($"{_dip.Folder}/results/{output}").FullName;

        AssertRefused(
            $"The output '{folder}' of '{_picture}' is a folder; choose another folder with --out.",
            _dip.Run("restore", _picture, "--task", "denoise", "--out", $"{_dip.Folder}/results"));
    }

    [Theory]
    [InlineData(225, true)]
    [InlineData(226, false)]
    public void Restore_NameNearTheLongest_RefusedWhereItsOutputsHaveNoRoom(int stem, bool fits)
    {
        // The longest file is written as .STEM.preview.jpg.xxxxxxxx.xxx.tmp, in at most 255 bytes. é has two.
        var picture = _dip.AddFile($"{new string('n', stem - 2)}é.png");

        var ran = _dip.Restore(picture, "--task", "denoise");

        Assert.Equal(fits ? ExitCode.Done : ExitCode.Refused, ran.Code);
        Assert.Equal(
            fits ? "" : $"dip: The name of '{picture}' is too long for its outputs to be written beside one another in '{_dip.Out}'; accepted: a shorter name.{Environment.NewLine}", ran.Error);
    }

    [Fact]
    public void Restore_WrongUsageWithJson_TheErrorIsADocumentToo()
    {
        var early = JsonNode.Parse(_dip.Restore(_picture, "--json", "--seed", "many").Out)!;
        var late = JsonNode.Parse(_dip.Restore(_picture, "--json", "--task", "denose").Out)!;

        Assert.Equal("refused", (string?)early["status"]);
        Assert.Equal("--seed is 'many'; accepted: a whole number.", (string?)early["error"]);
        Assert.Equal(_picture, (string?)late["input"]!["path"]);
        Assert.Equal("refused", (string?)late["status"]);
    }

    [Fact]
    public void Help_EveryCommand_NamesItselfDip()
    {
        Assert.Contains("dip restore [<IMAGE>...]", _dip.Run("restore", "--help").Out, StringComparison.Ordinal);
        Assert.Contains("--verbose", _dip.Run("--help").Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, _dip.Run("plugins", "--help").Code);
    }

    [Fact]
    public void Version_Asked_IsTheToolsOwn() => Assert.StartsWith("dip 0.1.0", _dip.Run("--version").Out, StringComparison.Ordinal);

    private void AssertRefused(string sentence, Ran ran)
    {
        Assert.Equal($"dip: {sentence}{Environment.NewLine}", ran.Error);
        Assert.Equal("", ran.Out);
        Assert.Equal(ExitCode.Refused, ran.Code);
        Assert.Empty(_dip.Restorer.Requests);
        Assert.False(Directory.Exists(_dip.Out));
    }
}
