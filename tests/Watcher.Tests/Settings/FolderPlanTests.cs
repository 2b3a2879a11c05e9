using DipPipeline.Storage;

namespace DipPipeline.Watcher.Tests;

public sealed class FolderPlanTests : IDisposable
{
    private readonly TemporaryFolder _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Make_NothingConfigured_IsAFolderForEveryTask()
    {
        var folders = Make([], out var errors);
        Assert.Empty(errors);
        Assert.Equal(["denoise", "inpaint", "repair", "weigh"], folders.Select(f => f.Path));
        Assert.All(folders, f => Assert.Equal((f.Path, f.Path, false), (f.Task.Id, f.Output, f.IsPolling)));
    }

    [Fact]
    public void Make_EverythingWrong_SaysAllAtOnceWithTheCure()
    {
        Make(
        [
            new() { Path = "../up", Task = "denoise" },
            new() { Path = "a", Task = "denoize" },
            new() { Path = "b", Task = "denoise", Preset = "quik", Options = new Dictionary<string, string> { ["rate"] = "9" }, StabilityWindow = TimeSpan.FromSeconds(-1) },
        ], out var errors);
        Assert.Equal(
        [
            "Watcher:Folders:0:Path is '../up'; accepted: a folder relative to Storage:Inputs, such as 'denoise' or 'album/denoise', or '.'.",
            "Watcher:Folders:0:Output is '../up'; accepted: a folder relative to Storage:Results, such as 'denoise' or 'album/denoise', or '.'.",
            "Watcher:Folders:1:Task is 'denoize'; accepted: denoise, inpaint, repair, weigh.",
            "'Watcher:Folders:2': Task 'denoise' has no preset 'quik' (did you mean 'quick'?); it has balanced, quick. Option 'rate' is '9'; accepted: a number from 0 to 1.",
            "Watcher:Folders:2:StabilityWindow is '-00:00:01'; accepted: 0 to 30 days, as in 00:00:02.",
        ], errors);
    }

    [Theory]
    [InlineData("watch/denoise/out", "denoise", null, "lies in the watched folder")]
    [InlineData("watch", "denoise", null, "lies in the watched folder")]
    [InlineData("link", "denoise", null, "lies in the watched folder")]
    [InlineData(".", ".", "watch/denoise", "lies in the watched folder")]
    [InlineData(".", "denoise", ".", "lies in the output folder")]
    [InlineData("restored", "out", null, "is a link that leads out of Storage:Inputs")]
    public void Make_OutputAndInputOverlap_IsRefusedByRealPath(string results, string path, string? output, string sentence)
    {
        Directory.CreateDirectory(_files.At("watch/denoise"));
        Directory.CreateDirectory(_files.At("elsewhere"));
        Directory.CreateSymbolicLink(_files.At("link"), _files.At("watch/denoise"));
        Directory.CreateSymbolicLink(_files.At("watch/out"), _files.At("elsewhere"));
        Make([new() { Path = path, Task = "denoise", Output = output }], out var errors, results);
        Assert.Contains(sentence, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void Make_ResultsAboveTheInputs_AreFine()
    {
        Make([new() { Path = "denoise", Output = "done" }], out var errors, ".");
        Assert.Empty(errors);
    }

    [Fact]
    public void Make_TwoFoldersToOnePlace_IsRefusedUnlessTheyLieWithinEachOtherAlike()
    {
        Make([new() { Path = "a", Task = "denoise", Output = "x" }, new() { Path = "b", Task = "denoise", Output = "x/y" }], out var errors);
        Assert.Contains("would write their results to the same place", Assert.Single(errors), StringComparison.Ordinal);
        Make([new() { Path = "a", Task = "denoise" }, new() { Path = "a/b", Task = "denoise" }], out errors);
        Assert.Empty(errors);
        Make([new() { Path = "a", Task = "denoise" }, new() { Path = "a", Task = "weigh", Output = "x" }], out errors);
        Assert.Equal(["Watcher:Folders names 'a' 2 times; accepted: once."], errors);
    }

    [Fact]
    public void Make_NoPlugins_SaysWhereTheyAreLookedFor()
    {
        FolderPlan.Make(new(), new(), KnownTasks.Read(_files.At("none"), new LogLines()), out var errors);
        Assert.Equal([$"There is no plugin in '{_files.At("none")}', so no task; set Watcher:Plugins (or DIP_PLUGINS) to the folder of plugins."], errors);
    }

    [Fact]
    public void Read_BrokenManifest_IsLeftOutWithAWarning()
    {
        FixtureTasks.Write(_files, FixtureTasks.Denoise);
        _files.Write("plugins/Broken/plugin.json", "{");
        _files.Write("plugins/twin/plugin.json", File.ReadAllText(_files.At("plugins/denoise/plugin.json")));
        var log = new LogLines();
        Assert.Equal(["denoise"], KnownTasks.Read(_files.At("plugins"), log).All.Select(t => t.Id));
        Assert.Equal(2, log.Lines.Count(l => l.Contains("is left out", StringComparison.Ordinal)));
    }

    private IReadOnlyList<WatchedFolder> Make(IList<WatchedFolderOptions> folders, out IReadOnlyList<string> errors, string results = "restored") => FolderPlan.Make(
        new WatcherOptions { Folders = folders }, new StorageOptions { Inputs = _files.At("watch"), Results = Path.GetFullPath(_files.At(results)) }, FixtureTasks.Known(_files), out errors);
}
