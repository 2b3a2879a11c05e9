namespace DipPipeline.PluginHost.Tests.Catalogue;

public sealed class PluginFolderTests
{
    [Fact]
    public void Locate_VariableIsSet_ObeysIt() => Assert.Equal("/somewhere", PluginFolder.Locate("/program", "/somewhere"));

    [Fact]
    public void Locate_PluginsAboveTheProgram_FindsTheNearestThatHoldsOne()
    {
        using var disk = new PluginsOnDisk();
        var root = Directory.CreateDirectory(Path.Combine(disk.Folder, "plugins", "Denoise")).Parent!;
        File.WriteAllText(Path.Combine(root.FullName, "Denoise", "plugin.json"), "{}");
        var program = Directory.CreateDirectory(Path.Combine(disk.Folder, "src", "bin")).FullName;
        Directory.CreateDirectory(Path.Combine(disk.Folder, "src", "plugins", "NoManifest"));

        Assert.Equal(root.FullName, PluginFolder.Locate(program, null));
    }

    [Fact]
    public void Locate_NoPluginsAnywhere_NamesThePlaceBesideTheProgram()
    {
        using var disk = new PluginsOnDisk();

        Assert.Equal(Path.Combine(disk.Folder, "plugins"), PluginFolder.Locate(disk.Folder, null));
    }
}
