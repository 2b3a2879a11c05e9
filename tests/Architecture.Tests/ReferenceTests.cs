using System.Reflection;

namespace DipPipeline.Architecture.Tests;

public sealed class ReferenceTests
{
    private static readonly IReadOnlyList<SourceProject> Projects = SourceProject.ReadAll(Metadata("RepositoryRoot"), Metadata("Configuration"));

    [Fact]
    public void EveryProject_ReferencesOnlyWhatTheDesignAllows() => Assert.Equal([], ReferenceTable.Violations(Projects));

    [Fact]
    public void ReadAll_ThisRepository_FindsItsProjectsAndTheirReferences()
    {
        Assert.Equal(["Energy"], Projects.Single(p => p.Name == "Plugins/Denoise").Projects);
        Assert.Contains("DipPipeline.Contracts", Projects.Single(p => p.Name == "Plugins/Denoise").Assemblies);
        Assert.Contains("TorchSharp", Projects.Single(p => p.Name == "Energy").Packages);
        Assert.Contains("TorchSharp", Projects.Single(p => p.Name == "Energy").Assemblies);
        Assert.DoesNotContain(Projects.Single(p => p.Name == "Cli").Projects, p => p.StartsWith("Plugins", StringComparison.Ordinal));
    }

    [Fact]
    public void Rows_OfTheTable_AreThoseOfTheDesign() => Assert.Equal(
        ["Cli", "Contracts", "Dashboard", "Energy", "Engine", "Host", "Jobs", "Messaging", "PluginHost", "Plugins/*", "Storage", "Storage.S3", "Watcher"],
        ReferenceTable.Rows.Order(StringComparer.Ordinal));

    public static TheoryData<string, string[], string[], string[], string> MadeUp => new()
    {
        { "Plugins/Denoise", ["Energy", "Engine"], [], [], "Plugins/Denoise references project Engine; allowed: Contracts, Energy." },
        { "Plugins/Denoise", ["Plugins/Inpainting"], [], [], "Plugins/Denoise references project Plugins/Inpainting; allowed: Contracts, Energy." },
        { "Plugins/Denoise", [], [], ["DipPipeline.Host"], "DipPipeline.Plugins.Denoise references assembly DipPipeline.Host; allowed: DipPipeline.Contracts, DipPipeline.Energy." },
        { "Host", ["Plugins/Denoise"], [], [], "Host references project Plugins/Denoise;" },
        { "Cli", [], [], ["DipPipeline.Plugins.Denoise"], "DipPipeline.Cli references assembly DipPipeline.Plugins.Denoise;" },
        { "Engine", ["PluginHost"], [], [], "Engine references project PluginHost; allowed: Contracts, Energy." },
        { "Contracts", [], ["Newtonsoft.Json"], [], "Contracts references package Newtonsoft.Json; allowed: none." },
        { "Watcher", ["Energy"], [], [], "Watcher references project Energy;" },
        { "Watcher", [], [], ["TorchSharp"], "DipPipeline.Watcher references TorchSharp, but it must run where there is none." },
        { "Dashboard", [], ["TorchSharp"], [], "Dashboard references package TorchSharp;" },
        { "Jobs", ["Messaging"], [], [], "Jobs references project Messaging; allowed: Contracts." },
        { "Helpers", [], [], [], "Helpers is not in the table of references" },
    };

    [Theory]
    [MemberData(nameof(MadeUp))]
    public void Violations_OfAMadeUpProject_AreNamed(string name, string[] projects, string[] packages, string[] assemblies, string expected) =>
        Assert.StartsWith(expected, Assert.Single(ReferenceTable.Violations([new(name, projects, packages, assemblies)])), StringComparison.Ordinal);

    private static string Metadata(string key) => typeof(ReferenceTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
