using DipPipeline.Deployment.Tests.Manifests;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Policies;

/// <summary>One manifest for each policy that breaks it, and no other: the overlay with KEDA's ScaledObject or its ScaledJob, with one change.</summary>
internal static class Broken
{
    public static IReadOnlyDictionary<string, (string Overlay, Action<Overlay> Break)> ByPolicy { get; } = new Dictionary<string, (string, Action<Overlay>)>
    {
        ["pods run as a user other than root"] = ("keda", o => Pod(o, "host").SecurityContext.RunAsUser = 0),
        ["pods have the runtime's seccomp profile"] = ("keda", o => Pod(o, "watcher").SecurityContext.SeccompProfile = null),
        ["containers gain no privileges"] = ("keda", o => Container(o, "postgres").SecurityContext.AllowPrivilegeEscalation = null),
        ["containers drop every capability"] = ("keda", o => Container(o, "rabbitmq").SecurityContext.Capabilities.Add = ["NET_RAW"]),
        ["root file systems are read-only"] = ("keda-jobs", o => Container(o, "host").SecurityContext.ReadOnlyRootFilesystem = false),
        ["every container has a scratch folder /tmp, and every scratch a limit"] = ("keda", o => Pod(o, "watcher").Volumes.Single(v => v.Name == "scratch").EmptyDir.SizeLimit = null),
        ["pods share nothing of their node"] = ("keda", o => Pod(o, "host").HostNetwork = true),
        ["nobody has a token of the cluster"] = ("keda", o => Pod(o, "host").AutomountServiceAccountToken = null),
        ["pods get no environment from services"] = ("keda", o => Pod(o, "host").EnableServiceLinks = null),
        ["containers request and limit processor, memory and scratch"] = ("keda", o => Container(o, "host").Resources.Limits.Remove("memory")),
        ["containers have start-up, liveness and readiness probes"] = ("keda", o => Container(o, "postgres").ReadinessProbe = null),
        ["programs are asked /health/live and /health/ready"] = ("keda", o => Container(o, "host").LivenessProbe.HttpGet.Path = "/health/ready"),
        ["a Host has three minutes to start"] = ("keda", o => Container(o, "host").StartupProbe.FailureThreshold = 3),
        ["images have a version or a digest"] = ("keda", o => Container(o, "host").Image = "registry.example.com:5000/dip-host"),
        ["everything is denied by default"] = ("keda", o => o.Objects.Remove(o.Of<V1NetworkPolicy>("deny-all"))),
        ["what is allowed names both ends and the port"] = ("keda", o => o.Of<V1NetworkPolicy>("programs-to-broker").Spec.Egress.Add(new() { Ports = [new() { Port = 443 }] })),
        ["only the flows that are needed are allowed"] = ("keda", o => o.Of<V1NetworkPolicy>("catalogue-from-programs").Spec.Ingress[0].FromProperty[0].PodSelector.MatchExpressions[0].Values.Add("host")),
        ["services lead to a port of a pod"] = ("keda-jobs", o => o.Of<V1Service>("rabbitmq").Spec.Ports[0].TargetPort = "mqtt"),
        ["the namespace is restricted, and everything lies in it"] = ("keda", o => o.Of<V1PersistentVolumeClaim>("watch").Metadata.NamespaceProperty = "default"),
        ["no secret stands in clear"] = ("keda", o => o.Of<V1ConfigMap>("settings").Data["Messaging__Address"] = "amqp://dip:hunter2@rabbitmq/dip"),
        ["what is referred to is there"] = ("keda", o => Container(o, "host").EnvFrom[0].ConfigMapRef.Name = "setting"),
        ["volumes say how they are accessed"] = ("keda", o => o.Of<V1PersistentVolumeClaim>("restored").Spec.AccessModes = null),
        ["the Watcher is one, and ends before the next begins"] = ("keda", o => o.Of<V1Deployment>("watcher").Spec.Strategy = null),
        ["programs have more time to stop than they take"] = ("keda", o => o.Of<V1ConfigMap>("settings").Data["Host__StopTimeout"] = "00:00:35"),
        ["Deployments have a budget of disruptions that lets nodes be emptied"] = ("keda", o => o.Of<V1PodDisruptionBudget>("host").Spec.MaxUnavailable = 0),
        ["Hosts only read pictures"] = ("keda", o => Container(o, "host").VolumeMounts.Single(m => m.Name == "watch").ReadOnlyProperty = null),
        ["a farm on S3 claims no volumes for pictures and results"] = ("s3", o => o.Objects.Add(new V1PersistentVolumeClaim
        {
            Metadata = new() { Name = "watch", NamespaceProperty = "dip" },
            Spec = new() { AccessModes = ["ReadWriteMany"], Resources = new() { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new("1Gi") } } },
        })),
        ["programs on S3 have their credentials as a file"] = ("s3", o => Pod(o, "dip").Volumes.Single(v => v.Name == "store").Secret.Items[0].Path = "password"),
        ["Hosts that are Jobs drain, and outlive a new manifest"] = ("keda-jobs", o => Container(o, "host").Args = null),
        ["scalers ask the Watcher for a number that it tells"] = ("keda", o => o.Of<ScaledObject>("host").Spec.Triggers[0].Metadata.ValueLocation = "backlog"),
        ["the broker's log of newest messages fits into its memory"] = ("keda", o => o.Of<V1ConfigMap>("rabbitmq").Data["20-dip.conf"] = "load_definitions = /run/secrets/rabbitmq_definitions.json\n"),
    };

    private static V1PodSpec Pod(Overlay overlay, string workload) => overlay.Workload(workload).Spec;

    private static V1Container Container(Overlay overlay, string workload) => Pod(overlay, workload).Containers[0];
}
