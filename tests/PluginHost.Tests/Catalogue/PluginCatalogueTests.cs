using System.Security.Cryptography;
using DipPipeline.Contracts;
using DipPipeline.Contracts.Tasks;

namespace DipPipeline.PluginHost.Tests.Catalogue;

public sealed class PluginCatalogueTests
{
    [Fact]
    public void Scan_ValidPlugin_ListsWithoutLoadingItsAssembly()
    {
        using var plugins = new PluginsOnDisk("Valid");
        File.WriteAllText(Path.Combine(plugins.Folder, "Valid", "DipPipeline.Fixtures.Valid.dll"), "not an assembly");

        var entry = Assert.Single(plugins.Scan().Entries);

        Assert.Equal((PluginStatus.Available, "Valid", "valid", null), (entry.Status, entry.Name, entry.Manifest!.Task.Id, entry.Reason));
        Assert.Equal(SolverOptions.All.Count, entry.Manifest.Task.Options.Count);
    }

    [Fact]
    public void Scan_PluginsOfThisRepository_AllLoad()
    {
        var catalogue = PluginCatalogue.Scan(new PluginHostOptions { Folder = Path.Combine(PluginsOnDisk.RepositoryRoot, "plugins") });

        foreach (var task in new[] { "denoise", "inpaint", "superres" })
        {
            Assert.Equal(task, catalogue.Load(task).Descriptor.Id);
            Assert.Contains(catalogue.Entries, e => e.Status == PluginStatus.Loaded && e.Manifest!.Task.Id == task);
        }
    }

    [Fact]
    public void Scan_FolderAbsent_IsEmptyAndLookupNamesTheFolder()
    {
        var catalogue = PluginCatalogue.Scan(new PluginHostOptions { Folder = "/nowhere/plugins" });

        Assert.Empty(catalogue.Entries);
        Assert.Contains("/nowhere/plugins", Assert.Throws<RefusedException>(() => catalogue.Describe("denoise")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_UnknownTask_NamesItTheNearestAndTheKnown()
    {
        using var plugins = new PluginsOnDisk("Valid", "OwnTorchSharp");

        var refusal = Assert.Throws<RefusedException>(() => plugins.Scan().Load("valit"));

        Assert.Equal("There is no task 'valit' (did you mean 'valid'?); known tasks are own-torchsharp, valid.", refusal.Message);
    }

    [Fact]
    public void Load_Twice_GivesTheSameInstance()
    {
        using var plugins = new PluginsOnDisk("Valid");
        var catalogue = plugins.Scan();

        Assert.Same(catalogue.Load("valid"), catalogue.Load("valid"));
        Assert.Equal(PluginStatus.Loaded, Assert.Single(catalogue.Entries).Status);
    }

    [Fact]
    public void Load_FromManyThreads_GivesOneInstance()
    {
        using var plugins = new PluginsOnDisk("Valid");
        var catalogue = plugins.Scan();
        var loaded = new Energy.TaskPlugin[16];

        Parallel.For(0, loaded.Length, i => loaded[i] = catalogue.Load("valid"));

        Assert.Single(loaded.Distinct());
    }

    [Fact]
    public void Load_ConstructorThrows_FailsWithItsReasonAndHarmsNoOther()
    {
        using var plugins = new PluginsOnDisk("ThrowsOnLoad", "Valid");
        var catalogue = plugins.Scan();

        var refusal = Assert.Throws<RefusedException>(() => catalogue.Load("throws-on-load"));

        Assert.Equal("Task 'throws-on-load' cannot be used; plugin 'ThrowsOnLoad' failed: DllNotFoundException: libsomething.so is not installed.", refusal.Message);
        Assert.Equal(refusal.Message, Assert.Throws<RefusedException>(() => catalogue.Load("throws-on-load")).Message);
        Assert.Equal("valid", catalogue.Load("valid").Descriptor.Id);
        Assert.Equal([PluginStatus.Failed, PluginStatus.Loaded], catalogue.Entries.Select(e => e.Status));
    }

    [Fact]
    public void LoadAll_OneThrows_ItSaysWhyAndTheOthersAreLoaded()
    {
        using var plugins = new PluginsOnDisk("ThrowsOnLoad", "Valid", "WrongContract");
        var catalogue = plugins.Scan();

        Assert.Same(catalogue, catalogue.LoadAll());

        Assert.Equal([PluginStatus.Failed, PluginStatus.Loaded, PluginStatus.Failed], catalogue.Entries.Select(e => e.Status));
        Assert.Equal("DllNotFoundException: libsomething.so is not installed.", catalogue.Entries[0].Reason);
    }

    [Fact]
    public void Scan_FolderWithoutManifest_FailsWithTheCureUnlessHidden()
    {
        using var plugins = new PluginsOnDisk("Valid");
        Directory.CreateDirectory(Path.Combine(plugins.Folder, "Unpacked"));
        Directory.CreateDirectory(Path.Combine(plugins.Folder, ".git"));

        var entries = plugins.Scan().Entries;

        Assert.Equal([("Unpacked", PluginStatus.Failed), ("Valid", PluginStatus.Available)], entries.Select(e => (e.Name, e.Status)));
        Assert.Equal("There is no plugin.json; 'dip plugins pack' makes one.", entries[0].Reason);
    }

    [Fact]
    public void Scan_OtherContractVersion_FailsNamingBothVersions()
    {
        using var plugins = new PluginsOnDisk("WrongContract");

        var entry = Assert.Single(plugins.Scan().Entries);

        Assert.Equal(PluginStatus.Failed, entry.Status);
        Assert.StartsWith("It was built against contract version 99; this build speaks version 1.", entry.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Scan_TwoOfferOneTask_FirstWinsAndBothAreNamed()
    {
        using var plugins = new PluginsOnDisk("ValidTwin", "Valid");
        var catalogue = plugins.Scan();

        Assert.Equal([("Valid", PluginStatus.Available), ("ValidTwin", PluginStatus.Failed)], catalogue.Entries.Select(e => (e.Name, e.Status)));
        Assert.Equal("Task 'valid' is offered by both 'Valid' and 'ValidTwin'; 'Valid' is used. Remove one of them.", catalogue.Entries[1].Reason);
        Assert.Equal("Valid", catalogue.Load("valid").Descriptor.Title);
    }

    public static TheoryData<string, string> BadManifests => new()
    {
        { "{ not json", "plugin.json cannot be read" },
        { "null", "plugin.json cannot be read" },
        { """{ "assembly": "x.dll" }""", "is not JSON of a manifest" },
        { """{ "assembly": null, "type": "X", "task": null }""", "plugin.json cannot be read" },
        { WithTask(""" "options": [null], "presets": []"""), "Option 1 of the task is null" },
        { WithTask(""" "options": [], "presets": [null]"""), "Preset 1 of the task is null" },
        { WithTask(""" "options": [], "presets": [], "companions": [null]"""), "Companion 1 of the task is null" },
        { WithTask(""" "options": [{ "name": "a", "type": "choice", "default": "b", "help": "H.", "choices": [null] }], "presets": []"""), "A choice of option 'a' is null" },
        { WithTask(""" "options": [], "presets": [{ "name": "fast", "help": "H.", "values": { "iterations": null } }]"""), "Preset 'fast' gives option 'iterations' the value null" },
        { WithTask(""" "options": [], "presets": []"""), "The task lacks the engine's options network, trained, channels-down, " },
    };

    private static string WithTask(string rest) =>
        $$"""{ "assembly": "x.dll", "type": "X", "task": { "id": "x", "version": "1", "title": "X", "formula": "E", {{rest}} } }""";

    [Theory]
    [MemberData(nameof(BadManifests))]
    public void Scan_MalformedManifest_FailsAndHarmsNoOther(string json, string reason)
    {
        using var plugins = new PluginsOnDisk("OwnTorchSharp", "Valid");
        File.WriteAllText(plugins.ManifestPath("OwnTorchSharp"), json);
        var catalogue = plugins.Scan();

        Assert.Equal(PluginStatus.Failed, catalogue.Entries[0].Status);
        Assert.Contains(reason, catalogue.Entries[0].Reason, StringComparison.Ordinal);
        Assert.Equal("valid", catalogue.Load("valid").Descriptor.Id);
    }

    public static TheoryData<string, Func<PluginManifest, PluginManifest>, string> Changes => new()
    {
        { "missing assembly", m => m with { Assembly = "Missing.dll" }, "Its assembly 'Missing.dll' is missing from" },
        { "assembly elsewhere", m => m with { Assembly = "../Valid/DipPipeline.Fixtures.Valid.dll" }, "accepted: the name of a file in the plugin's own folder" },
        { "no such type", m => m with { Type = "Nobody" }, "has no type 'Nobody'" },
        { "other version", m => m with { Task = m.Task with { Version = "2.0.0" } }, "plugin.json says task 'valid' version '2.0.0', but the assembly is 'valid' version '1.0.0'" },
        { "other id", m => m with { Task = m.Task with { Id = "invalid" } }, "plugin.json says task 'invalid' version '1.0.0', but the assembly is 'valid'" },
        { "id that is no folder name", m => m with { Task = m.Task with { Id = "../../etc" } }, "accepted: lower-case letters, digits and hyphens" },
        { "engine option left out", m => m with { Task = m.Task with { Options = [.. m.Task.Options.Where(o => o.Name != "iterations")] } }, "The task lacks the engine's option iterations; put SolverOptions.All among its options" },
        { "unknown default preset", m => m with { Task = m.Task with { DefaultPreset = "balancd" } }, "did you mean 'balanced'?" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void Load_ManifestAndAssemblyDisagree_FailsWithTheReason(string what, Func<PluginManifest, PluginManifest> change, string reason)
    {
        using var plugins = new PluginsOnDisk("Valid");
        plugins.ChangeManifest("Valid", change);
        var catalogue = plugins.Scan();

        Assert.Throws<RefusedException>(() => catalogue.Load(catalogue.Entries[0].Manifest!.Task.Id));
        var entry = Assert.Single(catalogue.Entries);
        Assert.True(entry.Status == PluginStatus.Failed && entry.Reason!.Contains(reason, StringComparison.Ordinal), $"{what}: {entry.Reason}");
    }

    [Theory]
    [InlineData("DipPipeline.PluginHost.Tests.Catalogue.NotAPlugin", "is not a plugin; accepted: a class derived from DipPipeline.Energy.TaskPlugin")]
    public void Load_TypeIsNoPlugin_FailsWithTheReason(string type, string reason)
    {
        using var plugins = new PluginsOnDisk("Valid");
        File.Copy(typeof(NotAPlugin).Assembly.Location, Path.Combine(plugins.Folder, "Valid", "Other.dll"));
        plugins.ChangeManifest("Valid", m => m with { Assembly = "Other.dll", Type = type });

        Assert.Contains(reason, Assert.Throws<RefusedException>(() => plugins.Scan().Load("valid")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_NotAnAssembly_FailsWithTheReason()
    {
        using var plugins = new PluginsOnDisk("Valid");
        File.WriteAllText(Path.Combine(plugins.Folder, "Valid", "DipPipeline.Fixtures.Valid.dll"), "not an assembly");

        Assert.Contains("BadImageFormatException", Assert.Throws<RefusedException>(() => plugins.Scan().Load("valid")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HashNotAllowed_IsRefusedBeforeItsCodeRuns()
    {
        using var plugins = new PluginsOnDisk("ThrowsOnLoad");
        var catalogue = PluginCatalogue.Scan(plugins.Options with { AllowedHashes = [new string('0', 64)] });

        Assert.Equal(PluginStatus.Failed, Assert.Single(catalogue.Entries).Status);
        var refusal = Assert.Throws<RefusedException>(() => catalogue.Load("throws-on-load"));
        Assert.Contains("which the list of allowed hashes does not name", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_HashAllowed_LoadsUntilAnotherFileJoinsIt()
    {
        using var plugins = new PluginsOnDisk("Valid");
        var assembly = Path.Combine(plugins.Folder, "Valid", "DipPipeline.Fixtures.Valid.dll");
        var options = plugins.Options with { AllowedHashes = [Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(assembly)))] };
        var before = PluginCatalogue.Scan(options);
        var after = PluginCatalogue.Scan(options);

        Assert.Equal("valid", before.Load("valid").Descriptor.Id);
        File.WriteAllText(Path.Combine(plugins.Folder, "Valid", "libextra.so"), "a library");
        Assert.Contains("'libextra.so' has SHA-256", Assert.Throws<RefusedException>(() => after.Load("valid")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rescan_PluginsCameAndWent_FollowsThemButKeepsWhatIsLoaded()
    {
        using var plugins = new PluginsOnDisk("Valid");
        var catalogue = plugins.Scan();
        var valid = catalogue.Load("valid");

        Directory.Delete(Path.Combine(plugins.Folder, "Valid"), recursive: true);
        plugins.Add("ValidTwin", "Another");
        plugins.Add("OwnTorchSharp");
        catalogue.Rescan();

        Assert.Equal(
            [("Another", PluginStatus.Failed), ("OwnTorchSharp", PluginStatus.Available), ("Valid", PluginStatus.Loaded)],
            catalogue.Entries.Select(e => (e.Name, e.Status)));
        Assert.Same(valid, catalogue.Load("valid"));
    }
}

public sealed class NotAPlugin;
