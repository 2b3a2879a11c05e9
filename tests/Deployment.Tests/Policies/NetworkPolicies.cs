using DipPipeline.Deployment.Tests.Manifests;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Policies;

/// <summary>Who may talk to whom.</summary>
internal static class NetworkPolicies
{
    public static IReadOnlyList<Policy> All { get; } =
    [
        new("everything is denied by default", overlay => overlay.Of<V1NetworkPolicy>().Any(IsDenial) ? [] : ["no policy denies both directions to all pods"]),
        new("what is allowed names both ends and the port", Open),
        new("only the flows that are needed are allowed", overlay => Flows(overlay).Except(Needed(overlay)).Select(flow => $"needless: {flow}").Concat(Needed(overlay).Except(Flows(overlay)).Select(flow => $"missing: {flow}"))),
        new("services lead to a port of a pod", Services),
    ];

    private static bool IsDenial(V1NetworkPolicy policy) =>
        IsEverything(policy.Spec.PodSelector) && policy.Spec.PolicyTypes is { Count: 2 } && policy.Spec.Ingress is null or { Count: 0 } && policy.Spec.Egress is null or { Count: 0 };

    private static bool IsEverything(V1LabelSelector? selector) => selector is null || (selector.MatchLabels is null or { Count: 0 } && selector.MatchExpressions is null or { Count: 0 });

    private static IEnumerable<string> Open(Overlay overlay) =>
        from policy in overlay.Of<V1NetworkPolicy>().Where(p => !IsDenial(p))
        where IsEverything(policy.Spec.PodSelector)
            || Rules(policy).Any(r => r.Peers is null or { Count: 0 } || r.Ports is null or { Count: 0 } || r.Peers.Any(p => p.IpBlock is not null || (IsEverything(p.PodSelector) && IsEverything(p.NamespaceSelector))))
        select policy.Metadata.Name;

    private static IEnumerable<(bool In, IList<V1NetworkPolicyPeer> Peers, IList<V1NetworkPolicyPort> Ports)> Rules(V1NetworkPolicy policy) =>
        (policy.Spec.Ingress ?? []).Select(i => (true, i.FromProperty, i.Ports)).Concat((policy.Spec.Egress ?? []).Select(e => (false, e.To, e.Ports)));

    private static IEnumerable<string> Flows(Overlay overlay) =>
        (from policy in overlay.Of<V1NetworkPolicy>()
         from rule in Rules(policy)
         from own in Names(policy.Spec.PodSelector)
         from peer in rule.Peers ?? []
         from name in Names(peer.PodSelector)
         from port in rule.Ports ?? []
         let space = peer.NamespaceSelector?.MatchLabels?["kubernetes.io/metadata.name"] is { } other ? other + "/" : ""
         select $"{own} {(rule.In ? "<-" : "->")} {space}{name}:{port.Port.Value}/{port.Protocol ?? "TCP"}").Distinct();

    private static IEnumerable<string> Names(V1LabelSelector? selector) => IsEverything(selector) ? ["*"]
        : selector!.MatchLabels?.Values ?? selector.MatchExpressions.SelectMany(e => e.OperatorProperty == "In" ? e.Values : ["?"]);

    private static IEnumerable<string> Needed(Overlay overlay)
    {
        foreach (var program in (string[])["watcher", "host", "dip"])
        {
            yield return $"{program} -> kube-system/kube-dns:53/UDP";
            yield return $"{program} -> kube-system/kube-dns:53/TCP";
        }

        foreach (var flow in To(overlay, "rabbitmq", 5672, "watcher", "host", "dip").Concat(To(overlay, "postgres", 5432, "watcher", "dip")))
        {
            yield return flow;
        }

        if (overlay.IsOnS3)
        {
            yield return "watcher -> minio/minio:9000/TCP";
            yield return "host -> minio/minio:9000/TCP";
            yield return "dip -> minio/minio:9000/TCP";
        }

        if (overlay.Objects.Any(o => o is ScaledObject or ScaledJob))
        {
            yield return "watcher <- keda/*:8080/TCP";
        }
    }

    // Both ways to a server of the farm's; one of another's namespace is theirs to open.
    private static IEnumerable<string> To(Overlay overlay, string server, int port, params string[] programs)
    {
        var isOurs = overlay.Of<V1StatefulSet>().Any(s => s.Metadata.Name == server);
        return programs.SelectMany(program => isOurs ? (string[])[$"{program} -> {server}:{port}/TCP", $"{server} <- {program}:{port}/TCP"] : [$"{program} -> servers/{server}:{port}/TCP"]);
    }

    private static IEnumerable<string> Services(Overlay overlay) =>
        from service in overlay.Of<V1Service>()
        let pods = overlay.Workloads.Where(w => service.Spec.Selector.All(s => w.Template.Metadata.Labels.TryGetValue(s.Key, out var value) && value == s.Value)).ToArray()
        where pods.Length != 1 || !service.Spec.Ports.All(p => pods[0].Template.Spec.Containers.SelectMany(c => c.Ports).Any(c => c.Name == p.TargetPort?.Value && c.ContainerPort == p.Port))
        select service.Metadata.Name;
}
