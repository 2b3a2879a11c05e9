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
        _dip.AddPlugin("Old", FixtureTasks.Denoise with { Id = "old", ContractVersion = 99 });
        File.WriteAllText(_dip.AddFile("plugins/Torn/plugin.json"), "{");

        var ran = _dip.Run("plugins", "ls");

        var lines = ran.Out.Split(Environment.NewLine);
        Assert.Equal("TASK      VERSION  TITLE             STATUS", lines[0]);
        Assert.Equal("denoise   1.0.0    Denoising         available", lines[1]);
        Assert.StartsWith("old       1.0.0    Denoising         failed: It was built against contract version 99", lines[3], StringComparison.Ordinal);
        Assert.StartsWith("(Torn)    -        -                 failed: plugin.json cannot be read", lines[5], StringComparison.Ordinal);
        Assert.Equal(ExitCode.Done, ran.Code);
    }

    [Fact]
    public void Ls_Json_AnArray()
    {
        var array = JsonNode.Parse(_dip.Run("plugins", "ls", "--json").Out)!.AsArray();

        Assert.Equal(["denoise", "inpaint", "superres"], array.Select(p => (string?)p!["task"]));
        Assert.All(array, p => Assert.Equal("available", (string?)p!["status"]));
    }

    [Fact]
    public void Describe_Task_FormulaPresetsCompanionsOptions()
    {
        var text = _dip.Run("plugins", "describe", "inpaint").Out;

        Assert.StartsWith($"inpaint 1.0.0  Inpainting{Environment.NewLine}  E(x; x0) = ", text, StringComparison.Ordinal);
        Assert.Contains("  balanced  For every day. (default)", text, StringComparison.Ordinal);
        Assert.Contains("  mask  White keeps. Required; the picture's alpha channel stands in for it.", text, StringComparison.Ordinal);
        Assert.All(SolverOptions.All, o => Assert.Contains(o.Help, text, StringComparison.Ordinal));
        Assert.Matches("noise-sigma +auto +a number from 0 to 255, or auto", text);
        Assert.Matches("upsample +bilinear +nearest\\|bilinear", text);
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
