using DipPipeline.Contracts;

namespace DipPipeline.PluginHost.Tests.Packaging;

public sealed class PluginPackagerTests
{
    [Fact]
    public void Write_Plugin_MakesTheManifestThatTheBuildMade()
    {
        using var plugins = new PluginsOnDisk("Valid");
        var byBuild = File.ReadAllText(plugins.ManifestPath("Valid"));
        File.Delete(plugins.ManifestPath("Valid"));

        var manifest = PluginPackager.Write(Path.Combine(plugins.Folder, "Valid", "DipPipeline.Fixtures.Valid.dll"));

        Assert.Equal("DipPipeline.Fixtures.Valid.ValidPlugin", manifest.Type);
        Assert.Equal(byBuild, File.ReadAllText(plugins.ManifestPath("Valid")));
    }

    [Fact]
    public void Write_AssemblyWithoutPlugin_SaysSo()
    {
        using var plugins = new PluginsOnDisk();
        var assembly = Path.Combine(plugins.Folder, "None.dll");
        File.Copy(typeof(PluginPackager).Assembly.Location, assembly);

        Assert.Contains("holds 0 public classes derived from", Assert.Throws<RefusedException>(() => PluginPackager.Write(assembly)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_ConstructorThrows_GivesItsReasonAndWritesNothing()
    {
        using var plugins = new PluginsOnDisk("ThrowsOnLoad");
        File.Delete(plugins.ManifestPath("ThrowsOnLoad"));

        var refusal = Assert.Throws<RefusedException>(() => PluginPackager.Write(Path.Combine(plugins.Folder, "ThrowsOnLoad", "DipPipeline.Fixtures.ThrowsOnLoad.dll")));

        Assert.Contains("libsomething.so is not installed", refusal.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(plugins.ManifestPath("ThrowsOnLoad")));
    }

    [Fact]
    public void Write_NoSuchFile_NamesIt() =>
        Assert.Contains("'/nowhere/x.dll'", Assert.Throws<RefusedException>(() => PluginPackager.Write("/nowhere/x.dll")).Message, StringComparison.Ordinal);
}
