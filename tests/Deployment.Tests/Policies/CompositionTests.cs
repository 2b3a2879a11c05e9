using System.Text.RegularExpressions;
using DipPipeline.Deployment.Tests.Manifests;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Policies;

/// <summary>Overlays with the component that docs/operations.md says may be put in, or taken out.</summary>
public sealed partial class CompositionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dip-k8s-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("cpu-dev", "", "../../components/s3")]
    [InlineData("keda", "", "../../components/s3")]
    [InlineData("keda-jobs", "hosts", "../../../components/s3")]
    public async Task Overlay_WithS3_KeepsToEveryPolicy(string name, string step, string component)
    {
        // The last of the list, where there is one.
        var overlay = await BuildAsync(name, step, text => ComponentList().IsMatch(text) ? ComponentList().Replace(text, $"$0  - {component}\n") : $"{text}components:\n  - {component}\n");

        Assert.True(overlay.IsOnS3);
        Assert.Empty(overlay.Of<V1PersistentVolumeClaim>());
        Assert.Equal([], Policy.All.SelectMany(p => p.Faults(overlay)));
    }

    [Fact]
    public async Task OwnServers_WithoutS3_KeepsToEveryPolicy()
    {
        var overlay = await BuildAsync("own-servers", "", text => text.Replace("  - ../../components/s3\n", "", StringComparison.Ordinal));

        Assert.False(overlay.IsOnS3);
        Assert.Equal(2, overlay.Of<V1PersistentVolumeClaim>().Count());
        Assert.Empty(overlay.Of<V1StatefulSet>());
        Assert.Equal([], Policy.All.SelectMany(p => p.Faults(overlay)));
    }

    private async Task<Overlay> BuildAsync(string name, string step, Func<string, string> edit)
    {
        await Kustomize.NeedAsync();
        await Repository.OutputAsync("cp", "-r", "k8s", _folder);
        var file = Path.Join(_folder, "k8s/overlays", name, step, "kustomization.yaml");
        var text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        Assert.NotEqual(text, edit(text));
        await File.WriteAllTextAsync(file, edit(text), TestContext.Current.CancellationToken);
        return Overlay.Parse(await Kustomize.BuildAsync(Path.Join(_folder, "k8s/overlays", name)));
    }

    [GeneratedRegex(@"(?m)^components:\n(  - .*\n)+")]
    private static partial Regex ComponentList();
}
