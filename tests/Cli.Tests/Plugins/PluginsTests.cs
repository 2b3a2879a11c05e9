using System.Text.Json.Nodes;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Cli.Tests.Plugins;

public sealed class PluginsTests : IDisposable
{
    private readonly Dip _dip = new();

    public void Dispose() => _dip.Dispose();

    [Fact]
    public void Ls_GoodAndBroken_ATableWithTheReason()
    {
        _dip.UseFixtures("ThrowsOnLoad", "Valid", "WrongContract");
        _dip.AddFile("plugins/Unpacked/Unpacked.dll");
        File.WriteAllText(_dip.AddFile("plugins/Torn/plugin.json"), "{");

        var ran = _dip.Run("plugins", "ls");

        var lines = ran.Out.Split(Environment.NewLine);
        Assert.Equal("TASK            VERSION  TITLE          STATUS", lines[0]);
        Assert.Equal("throws-on-load  1.0.0    ThrowsOnLoad   failed: DllNotFoundException: libsomething.so is not installed.", lines[1]);
        Assert.StartsWith("(Torn)          -        -              failed: plugin.json cannot be read", lines[2], StringComparison.Ordinal);
        Assert.Equal("(Unpacked)      -        -              failed: There is no plugin.json; 'dip plugins pack' makes one.", lines[3]);
        Assert.Equal("valid           1.0.0    Valid          available", lines[4]);
        Assert.StartsWith("wrong-contract  1.0.0    WrongContract  failed: It was built against contract version 99", lines[5], StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, ran.Code);
    }

    [Fact]
    public void Ls_Json_AnArray()
    {
        _dip.UseFixtures("ThrowsOnLoad", "Valid");

        var array = JsonNode.Parse(_dip.Run("plugins", "ls", "--json").Out)!.AsArray();

        Assert.Equal(["throws-on-load", "valid"], array.Select(p => (string?)p!["task"]));
        Assert.Equal(["failed", "available"], array.Select(p => (string?)p!["status"]));
    }

    [Fact]
    public void Ls_NullWhereTheManifestMayHoldNone_ThatPluginFailsAlone()
    {
        _dip.UseFixtures("Valid");
        File.WriteAllText(
            _dip.AddFile("plugins/Nulls/plugin.json"),
            """{ "assembly": "x.dll", "type": "X", "task": { "id": "x", "version": "1", "title": "X", "formula": "E", "options": [null], "presets": [] } }""");

        var ran = _dip.Run("plugins", "ls");

        Assert.Contains("failed: Option 1 of the task is null", ran.Out, StringComparison.Ordinal);
        Assert.Contains("available", ran.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, ran.Code);
    }

    [Fact]
    public void Describe_PluginThatThrowsOnLoad_ReadsItsManifestOnly()
    {
        _dip.UseFixtures("ThrowsOnLoad");

        Assert.StartsWith("throws-on-load 1.0.0", _dip.Run("plugins", "describe", "throws-on-load").Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Describe_Task_FormulaPresetsCompanionsOptions()
    {
        var text = _dip.Run("plugins", "describe", "inpaint").Out;

        Assert.StartsWith($"inpaint 1.0.0  Inpainting{Environment.NewLine}  E(x; x0) = ", text, StringComparison.Ordinal);
        Assert.Contains(
            "  balanced  For every day. (default)\n            iterations=600\n  fast      In a hurry.\n            iterations=200\n", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("  mask  White keeps. Required; the picture's alpha channel stands in for it.", text, StringComparison.Ordinal);
        Assert.All(SolverOptions.All, o => Assert.Contains(o.Help, text, StringComparison.Ordinal));
        Assert.Matches("noise-sigma +auto +a number from 0 to 255, or auto", text);
        Assert.Matches("upsample +bilinear +nearest\\|bilinear", text);
    }

    [Fact]
    public void Describe_PresetOfManyValues_OnLinesThatFit()
    {
        var values = SolverOptions.All.ToDictionary(o => o.Name, o => o.Default);
        _dip.AddPlugin("Wide", FixtureTasks.Denoise with { Id = "wide", Presets = [new() { Name = "balanced", Help = "All.", Values = values }] });

        var lines = _dip.Run("plugins", "describe", "wide").Out.Split(Environment.NewLine)
            .SkipWhile(line => !line.StartsWith("  balanced", StringComparison.Ordinal)).Skip(1).TakeWhile(line => line.Length > 0).ToArray();

        Assert.Equal(values.Select(v => $"{v.Key}={v.Value}"), lines.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        Assert.All(lines, line => Assert.InRange(line.Length, 12, 102));
    }

    [Fact]
    public void Describe_Json_TheManifest() =>
        Assert.Equal("superres", PluginManifest.Parse(_dip.Run("plugins", "describe", "superres", "--json").Out).Task.Id);

    [Theory]
    [InlineData("There is no task 'denose' (did you mean 'denoise'?); known tasks are denoise, inpaint, superres.", "denose")]
    [InlineData("Say which task with 'dip plugins describe TASK'; known tasks are denoise, inpaint, superres.")]
    public void Describe_NoSuchTask_OneSentenceAndExitCode2(string sentence, params string[] args)
    {
        var ran = _dip.Run(["plugins", "describe", .. args]);

        Assert.Equal($"dip: {sentence}{Environment.NewLine}", ran.Error);
        Assert.Equal(ExitCode.Refused, ran.Code);
    }

    [Fact]
    public void Pack_NoAssembly_OneSentenceAndExitCode2()
    {
        var ran = _dip.Run("plugins", "pack", $"{_dip.Folder}/Missing.dll");

        Assert.Equal($"dip: There is no assembly '{_dip.Folder}/Missing.dll'.{Environment.NewLine}", ran.Error);
        Assert.Equal(ExitCode.Refused, ran.Code);
    }

    [Fact]
    public void Restore_BrokenPlugin_SaysWhy()
    {
        _dip.AddPlugin("Old", FixtureTasks.Denoise with { Id = "old", ContractVersion = 99 });

        var ran = _dip.Restore(_dip.AddFile("a.png"), "--task", "old");

        Assert.Contains("contract version 99", ran.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Refused, ran.Code);
    }
}
