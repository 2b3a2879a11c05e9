using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Pipeline.Tests;

/// <summary><c>dip demo</c> on the samples, with the plugins of the repository; only that the presets have fewer iterations, and no tiles, which would have their own.</summary>
public sealed class DemoTests : IAsyncLifetime
{
    private readonly Farm _farm = Farm.Embedded();

    public ValueTask InitializeAsync()
    {
        foreach (var plugin in (string[])["Denoise", "Inpainting", "SuperResolution"])
        {
            Change(_farm.Install($"plugins/{plugin}"), presets => [.. presets.Select(p => p with { Values = new Dictionary<string, string>(p.Values) { ["iterations"] = "2", ["tile"] = "auto" } })]);
        }

        return default;
    }

    [Fact]
    public async Task Demo_TheSamples_ATableWithWhatCameOutOfEach()
    {
        var demo = _farm.StartDemo();

        Assert.Equal(0, await demo.EndAsync(TimeSpan.FromMinutes(3)));
        Assert.Collection(
            Table(demo),
            row => Done(row, "denoise/scene_noisy.png", "denoise"),
            row => Done(row, "inpaint/scene_text.png", "inpaint"),
            row => Done(row, "superres/scene_small.png", "superres"));

        void Done(string[] row, string picture, string task)
        {
            Assert.Equal([picture, task, "completed", _farm.Result(picture), "2"], row[..5]);
            Assert.True(File.Exists(row[3]));
            Assert.Equal("dB", row[^1]);
        }
    }

    [Fact]
    public async Task Demo_ASampleIsRejected_ItsRowHasTheReasonAndTheExitCodeIsOne()
    {
        Change(Path.Join(_farm.Folder, "plugins/SuperResolution"), presets => [.. presets.Where(p => p.Name != "fast")]);

        var demo = _farm.StartDemo();

        Assert.Equal(1, await demo.EndAsync(TimeSpan.FromMinutes(3)));
        var table = Table(demo);
        Assert.Equal(["completed", "completed", "rejected"], table.Select(row => row[2]));
        Assert.Contains("no preset 'fast'", string.Join(' ', table[2]), StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _farm.DisposeAsync();

    private static void Change(string plugin, Func<IReadOnlyList<PresetDescriptor>, IReadOnlyList<PresetDescriptor>> presets)
    {
        var path = Path.Join(plugin, PluginManifest.FileName);
        var manifest = PluginManifest.Parse(File.ReadAllText(path));
        File.WriteAllText(path, (manifest with { Task = manifest.Task with { Presets = presets(manifest.Task.Presets) } }).ToJson());
    }

    /// <summary>The words of each row.</summary>
    private static List<string[]> Table(RunningProgram demo) =>
        [.. demo.Said.SkipWhile(line => !line.StartsWith("PICTURE ", StringComparison.Ordinal)).Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
}
