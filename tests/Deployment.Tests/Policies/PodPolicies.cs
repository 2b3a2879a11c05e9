using DipPipeline.Deployment.Tests.Manifests;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Policies;

/// <summary>What a pod may, and what it must say of itself.</summary>
internal static class PodPolicies
{
    private static readonly string[] s_resources = ["cpu", "memory", "ephemeral-storage"];

    public static IReadOnlyList<Policy> All { get; } =
    [
        new("pods run as a user other than root", overlay => Pods(overlay, pod => pod.SecurityContext is { RunAsNonRoot: true, RunAsUser: > 0, RunAsGroup: > 0 })),
        new("pods have the runtime's seccomp profile", overlay => Pods(overlay, pod => pod.SecurityContext?.SeccompProfile?.Type == "RuntimeDefault")),
        new("containers gain no privileges", overlay => Containers(overlay, c => c.SecurityContext is { AllowPrivilegeEscalation: false } s && s.Privileged is not true)),
        new("containers drop every capability", overlay => Containers(overlay, c => c.SecurityContext?.Capabilities is { } caps && caps.Drop?.Contains("ALL") == true && caps.Add is null or { Count: 0 })),
        new("root file systems are read-only", overlay => Containers(overlay, c => c.SecurityContext?.ReadOnlyRootFilesystem == true)),
        new("every container has a scratch folder /tmp, and every scratch a limit", Scratch),
        new("pods share nothing of their node", overlay => Pods(overlay, pod =>
            pod.HostNetwork is not true && pod.HostPID is not true && pod.HostIPC is not true && pod.Volumes.All(v => v.HostPath is null) && pod.Containers.SelectMany(c => c.Ports ?? []).All(p => p.HostPort is null))),
        new("nobody has a token of the cluster", Tokens),
        new("pods get no environment from services", overlay => Pods(overlay, pod => pod.EnableServiceLinks == false)),
        new("containers request and limit processor, memory and scratch", overlay => Containers(overlay, c =>
            s_resources.All(r => c.Resources?.Requests?.ContainsKey(r) == true && c.Resources.Limits?.ContainsKey(r) == true))),
        new("containers have start-up, liveness and readiness probes", overlay => Containers(overlay, c => c is { StartupProbe: not null, LivenessProbe: not null, ReadinessProbe: not null })),
        new("programs are asked /health/live and /health/ready", overlay => Faults(overlay.Programs, p => p.Name, p =>
            p.Container.StartupProbe?.HttpGet?.Path == "/health/live" && p.Container.LivenessProbe?.HttpGet?.Path == "/health/live" && p.Container.ReadinessProbe?.HttpGet?.Path == "/health/ready")),
        new("a Host has three minutes to start", overlay => Faults(overlay.Programs.Where(p => p.Container.Name == "host"), p => p.Name, p =>
            p.Container.StartupProbe is { } probe && (probe.PeriodSeconds ?? 10) * (probe.FailureThreshold ?? 3) >= 180)),
        new("images have a version or a digest", overlay => Containers(overlay, c => HasVersion(c.Image))),
    ];

    private static bool HasVersion(string image) => image.Contains("@sha256:", StringComparison.Ordinal)
        || (image[(image.LastIndexOf('/') + 1)..].Split(':') is [_, var tag] && tag.Any(char.IsAsciiDigit) && !tag.StartsWith("latest", StringComparison.Ordinal));

    private static IEnumerable<string> Scratch(Overlay overlay) =>
    [
        .. Faults(overlay.Containers, c => c.Name, c => c.Container.VolumeMounts.Any(m => m.MountPath == "/tmp" && c.Pod.Volumes.Single(v => v.Name == m.Name).EmptyDir is not null)),
        .. overlay.Workloads.SelectMany(w => w.Template.Spec.Volumes.Where(v => v.EmptyDir is { SizeLimit: null }).Select(v => $"{w.Name}, volume {v.Name}")),
    ];

    private static IEnumerable<string> Tokens(Overlay overlay) =>
    [
        .. Faults(overlay.Of<V1ServiceAccount>(), a => a.Metadata.Name, a => a.AutomountServiceAccountToken == false),
        .. Pods(overlay, pod => pod.AutomountServiceAccountToken == false && overlay.Of<V1ServiceAccount>().Any(a => a.Metadata.Name == pod.ServiceAccountName)),
    ];

    private static IEnumerable<string> Pods(Overlay overlay, Func<V1PodSpec, bool> holds) => Faults(overlay.Workloads, w => w.Name, w => holds(w.Template.Spec));

    private static IEnumerable<string> Containers(Overlay overlay, Func<V1Container, bool> holds) => Faults(overlay.Containers, c => c.Name, c => holds(c.Container));

    private static IEnumerable<string> Faults<T>(IEnumerable<T> all, Func<T, string> name, Func<T, bool> holds) => all.Where(each => !holds(each)).Select(name);
}
