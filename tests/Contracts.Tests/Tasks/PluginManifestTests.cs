using System.Text.Json;
using System.Text.Json.Nodes;
using DipPipeline.Contracts.Options;
using DipPipeline.Contracts.Tasks;
using DipPipeline.Contracts.Tests.Options;

namespace DipPipeline.Contracts.Tests.Tasks;

public sealed class PluginManifestTests
{
    private static readonly PluginManifest Manifest = new() { Assembly = "Sharpen.dll", Type = "Sharpen.SharpenPlugin", Task = Schema.Task };

    [Fact]
    public void Parse_OwnJson_SameManifest()
    {
        var parsed = PluginManifest.Parse(Manifest.ToJson());

        Assert.Equal("Sharpen.dll", parsed.Assembly);
        Assert.Equal(TaskDescriptor.CurrentContractVersion, parsed.Task.ContractVersion);
        Assert.Equal(Schema.Task.Options.Select(o => o with { Choices = null }), parsed.Task.Options.Select(o => o with { Choices = null }));
        Assert.Equal(Manifest.ToJson(), parsed.ToJson());
    }

    [Fact]
    public void Parse_OwnJson_ResolvesTheSameOptions()
    {
        var parsed = PluginManifest.Parse(Manifest.ToJson());

        Assert.Equal(Schema.Resolve("fast").Values, OptionResolver.Resolve(parsed.Task, "fast", []).Values);
    }

    [Fact]
    public void ToJson_EnumsAndFormula_AsAPersonWritesThem()
    {
        var task = JsonNode.Parse(Manifest.ToJson())!["task"]!;

        Assert.Equal("non-local-means", (string?)task["baseline"]);
        Assert.Equal("integer-list", (string?)task["options"]!.AsArray().Single(o => (string?)o!["name"] == "channels")!["type"]);
        Assert.Contains("‖x − x0‖²", Manifest.ToJson(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("""{ "assembly": "a.dll", "type": "A" }""")]
    [InlineData("""{ "assembly": "a.dll", "type": "A", "task": null }""")]
    public void Parse_NotAManifest_JsonException(string json) =>
        Assert.ThrowsAny<JsonException>(() => PluginManifest.Parse(json));

    [Fact]
    public void Parse_NullOptions_JsonException()
    {
        var json = JsonNode.Parse(Manifest.ToJson())!;
        json["task"]!["options"] = null;

        Assert.ThrowsAny<JsonException>(() => PluginManifest.Parse(json.ToJsonString()));
    }
}
