using DipPipeline.Deployment.Tests.Manifests;

namespace DipPipeline.Deployment.Tests.Policies;

public sealed class PolicyTests
{
    public static TheoryData<string> Names => [.. Policy.All.Select(p => p.Name)];

    public static MatrixTheoryData<string, string> NamesAndOverlays => new([.. Policy.All.Select(p => p.Name)], Overlay.Names);

    [Theory]
    [MemberData(nameof(NamesAndOverlays))]
    public void Overlay_OfTheRepository_KeepsTo(string policy, string overlay) => Assert.Equal([], Named(policy).Faults(Overlay.Kept(overlay)));

    [Theory]
    [MemberData(nameof(Names))]
    public void BrokenManifest_BreaksItsPolicyAndNoOther(string policy)
    {
        var (name, damage) = Broken.ByPolicy[policy];
        var overlay = Overlay.Kept(name);
        damage(overlay);
        Assert.Equal([policy], Policy.All.Where(p => p.Faults(overlay).Any()).Select(p => p.Name));
    }

    [Fact]
    public void Policies_AreListedForOperators()
    {
        var text = File.ReadAllText(Repository.At("docs/operations.md"));
        Assert.Equal([], Policy.All.Select(p => p.Name).Where(name => !text.Contains($"- {name}\n", StringComparison.Ordinal)));
    }

    private static Policy Named(string name) => Policy.All.Single(p => p.Name == name);
}
