using DipPipeline.Contracts.Tasks;

namespace DipPipeline.Contracts.Tests;

public sealed class PluginFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-plugin-folder-").FullName;

    [Fact]
    public void Locate_VariableIsSet_ObeysIt() => Assert.Equal("/somewhere", PluginFolder.Locate("/program", "/somewhere"));

    [Fact]
    public void Locate_PluginsAboveTheProgram_FindsTheNearestThatHoldsOne()
    {
        var root = Directory.CreateDirectory(Path.Combine(_folder, "plugins", "Denoise")).Parent!;
        File.WriteAllText(Path.Combine(root.FullName, "Denoise", "plugin.json"), "{}");
        var program = Directory.CreateDirectory(Path.Combine(_folder, "src", "bin")).FullName;
        Directory.CreateDirectory(Path.Combine(_folder, "src", "plugins", "NoManifest"));

        Assert.Equal(root.FullName, PluginFolder.Locate(program, null));
    }

    [Fact]
    public void Locate_NoPluginsAnywhere_NamesThePlaceBesideTheProgram()
    {
        Assert.Equal(Path.Combine(_folder, "plugins"), PluginFolder.Locate(_folder, null));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
