namespace DipPipeline.Deployment.Tests.Manifests;

/// <summary>That overlays build, and that every object is of its kind's shape.</summary>
public sealed class OverlayTests
{
    // What each is made of; whoever adds an object counts it.
    private static readonly Dictionary<string, int> s_objects = new() { ["cpu-dev"] = 27, ["gpu"] = 27, ["keda"] = 29, ["keda-jobs"] = 27, ["own-servers"] = 17, ["s3"] = 26 };

    public static TheoryData<string> Overlays => [.. Overlay.Names];

    [Fact]
    public void Names_OfTheRepository_AreAllKept() =>
        Assert.Equal(Overlay.Names, Directory.EnumerateFiles(Repository.At("tests/Deployment.Tests/Rendered"), "*.yaml").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Overlay_BuiltNow_IsWhatIsKept(string name)
    {
        await Kustomize.NeedAsync();
        var built = Overlay.Parse(await Kustomize.BuildAsync(Repository.At($"k8s/overlays/{name}")));
        Assert.True(built.Lines().SequenceEqual(Overlay.Kept(name).Lines()), $"tests/Deployment.Tests/Rendered/{name}.yaml is not what k8s/overlays/{name} makes: run k8s/render.");
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Overlay_ParsedStrictly_HasEveryObjectOnce(string name)
    {
        var objects = Overlay.Kept(name).Objects;
        Assert.Equal(s_objects[name], objects.Count);
        Assert.Distinct(objects.Select(o => $"{o.Kind} {o.Metadata.Name}"));
    }

    [Theory]
    [InlineData("          readOnlyRootFilesystem: true", "          readOnlyRootFileSystem: true")] // Of a container.
    [InlineData("  maxReplicaCount: 16", "  maxReplicasCount: 16")] // Of KEDA.
    [InlineData("      valueLocation: total", "      valueLokation: total")] // Of its trigger.
    [InlineData("  minReplicaCount: 0", "  minReplicaCount: none")]
    [InlineData("    strategy: gradual", "    strategies: gradual")]
    [InlineData("kind: NetworkPolicy", "kind: NetPolicy")]
    public void Parse_AFieldOrKindThatThereIsNot_IsAnError(string good, string bad)
    {
        var text = Overlay.Text("keda-jobs");
        Assert.Contains(good, text, StringComparison.Ordinal);
        Assert.ThrowsAny<Exception>(() => Overlay.Parse(text.Replace(good, bad, StringComparison.Ordinal)));
    }
}
