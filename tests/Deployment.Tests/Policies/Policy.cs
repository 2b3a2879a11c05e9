using DipPipeline.Deployment.Tests.Manifests;

namespace DipPipeline.Deployment.Tests.Policies;

/// <summary>What every overlay must keep to.</summary>
/// <param name="Name">In a few words; docs/operations.md lists them.</param>
/// <param name="Faults">One sentence for each place where an overlay does not.</param>
internal sealed record Policy(string Name, Func<Overlay, IEnumerable<string>> Faults)
{
    public static IReadOnlyList<Policy> All { get; } = [.. PodPolicies.All, .. NetworkPolicies.All, .. FarmPolicies.All];

    public override string ToString() => Name;
}
