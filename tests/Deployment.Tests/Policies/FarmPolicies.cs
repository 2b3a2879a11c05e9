using System.Text.Json;
using System.Text.RegularExpressions;
using DipPipeline.Deployment.Tests.Manifests;
using DipPipeline.Jobs.Queries;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Policies;

/// <summary>What makes the objects a farm together.</summary>
internal static partial class FarmPolicies
{
    private static readonly string[] s_secrets = ["broker", "catalogue", "store"];

    // Defaults of the programs, where settings say nothing: of a Host, and of the process around a Watcher's bus.
    private static readonly TimeSpan s_hostStops = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_watcherStops = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_spare = TimeSpan.FromSeconds(10);

    public static IReadOnlyList<Policy> All { get; } =
    [
        new("the namespace is restricted, and everything lies in it", overlay =>
        [
            .. overlay.Of<V1Namespace>().SelectMany(n => ((string[])["enforce", "audit", "warn"]).Where(mode => n.Metadata.Labels?.TryGetValue($"pod-security.kubernetes.io/{mode}", out var level) != true || level != "restricted")),
            .. overlay.Objects.Where(o => o is not V1Namespace && o.Metadata.NamespaceProperty != overlay.Of<V1Namespace>().Single().Metadata.Name).Select(o => $"{o.Kind} {o.Metadata.Name}"),
        ]),
        new("no secret stands in clear", overlay => overlay.Of<V1Secret>().Select(s => $"Secret {s.Metadata.Name}").Concat(Texts(overlay).Where(t => IsSecret(t.Name, t.Value)).Select(t => t.Name))),
        new("what is referred to is there", References),
        new("volumes say how they are accessed", overlay => overlay.Of<V1PersistentVolumeClaim>().Where(c => c.Spec.AccessModes is not [_]).Select(c => c.Metadata.Name)),
        new("the Watcher is one, and ends before the next begins", overlay =>
            overlay.Of<V1Deployment>("watcher").Spec is { Replicas: 1, Strategy.Type: "Recreate" } ? [] : ["watcher"]),
        new("programs have more time to stop than they take", overlay => overlay.Programs
            .Where(p => TimeSpan.FromSeconds(p.Pod.TerminationGracePeriodSeconds ?? 30) < StopTime(overlay, p.Container.Name) + s_spare).Select(p => p.Name)),
        new("Deployments have a budget of disruptions that lets nodes be emptied", overlay => overlay.Of<V1Deployment>()
            .Where(d => !overlay.Of<V1PodDisruptionBudget>().Any(b => b.Spec.MaxUnavailable?.Value is not (null or "0" or "0%") && b.Spec.Selector.MatchLabels.All(d.Spec.Selector.MatchLabels.Contains))).Select(d => d.Metadata.Name)),
        new("Hosts only read pictures", overlay => overlay.Programs.Where(p => p.Container.Name == "host" && !overlay.IsOnS3 && p.Container.VolumeMounts.Single(m => m.Name == "watch").ReadOnlyProperty != true).Select(p => p.Name)),
        // None that could be mounted: what is referred to has to be there.
        new("a farm on S3 claims no volumes for pictures and results", overlay => overlay.Of<V1PersistentVolumeClaim>().Where(_ => overlay.IsOnS3).Select(c => c.Metadata.Name)),
        new("programs on S3 have their credentials as a file", overlay => OnS3(overlay).Where(p => !Files(p.Pod, p.Container).Contains(Credentials(overlay))).Select(p => p.Name)),
        new("Hosts that are Jobs drain, and outlive a new manifest", overlay => overlay.Of<ScaledJob>().Where(j =>
            j.Spec.Rollout?.Strategy != "gradual" || j.Spec.JobTargetRef?.Template.Spec is not { RestartPolicy: "Never" } pod || pod.Containers[0].Args?.Any(a => a.StartsWith("--drain", StringComparison.Ordinal)) != true).Select(j => j.Metadata.Name)),
        new("scalers ask the Watcher for a number that it tells", Scalers),
        new("the broker's log of newest messages fits into its memory", BrokersLog),
    ];

    private static TimeSpan StopTime(Overlay overlay, string program) => program == "watcher" ? s_watcherStops
        : overlay.Of<V1ConfigMap>("settings").Data.TryGetValue("Host__StopTimeout", out var text) ? TimeSpan.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : s_hostStops;

    private static IEnumerable<(string Name, string Value)> Texts(Overlay overlay) =>
        overlay.Of<V1ConfigMap>().SelectMany(m => m.Data.Select(d => ($"{m.Metadata.Name}: {d.Key}", d.Value)))
            .Concat(overlay.Containers.SelectMany(c => (c.Container.Env ?? []).Where(e => e.Value is not null).Select(e => ($"{c.Name}: {e.Name}", e.Value))));

    private static bool IsSecret(string name, string value) => InClear().IsMatch(value) || (SecretName().IsMatch(name) && !name.EndsWith("_FILE", StringComparison.Ordinal));

    // A password in an address, or in a connection string.
    [GeneratedRegex(@"://[^/\s:@]+:[^/\s@]+@|password\s*=|pwd\s*=", RegexOptions.IgnoreCase)]
    private static partial Regex InClear();

    [GeneratedRegex("password|secret|ConnectionString|RabbitMq$|access.?key", RegexOptions.IgnoreCase)]
    private static partial Regex SecretName();

    private static IEnumerable<(string Name, V1PodSpec Pod, V1Container Container)> OnS3(Overlay overlay) =>
        overlay.Containers.Where(c => overlay.IsOnS3 && c.Container.Name is ("watcher" or "host" or "dip"));

    private static string Credentials(Overlay overlay) =>
        overlay.Of<V1ConfigMap>("settings").Data.TryGetValue("AWS_SHARED_CREDENTIALS_FILE", out var named) ? named : "none";

    // Of Secrets that are mounted as a whole.
    private static IEnumerable<string> Files(V1PodSpec pod, V1Container container) =>
        from mount in container.VolumeMounts
        from volume in pod.Volumes
        where volume.Name == mount.Name && volume.Secret is not null
        from item in volume.Secret.Items
        select $"{mount.MountPath}/{item.Path}";

    private static IEnumerable<string> References(Overlay overlay)
    {
        var maps = overlay.Of<V1ConfigMap>().Select(m => m.Metadata.Name).ToHashSet();
        var claims = overlay.Of<V1PersistentVolumeClaim>().Select(c => c.Metadata.Name).ToHashSet();
        foreach (var (name, template) in overlay.Workloads)
        {
            var volumes = template.Spec.Volumes;
            var templates = overlay.Of<V1StatefulSet>().Where(s => s.Metadata.Name == name).SelectMany(s => s.Spec.VolumeClaimTemplates ?? []).Select(c => c.Metadata.Name);
            string[] missing =
            [
                .. template.Spec.Containers.SelectMany(c => c.EnvFrom ?? []).Select(e => e.ConfigMapRef?.Name ?? "?").Concat(volumes.Select(v => v.ConfigMap?.Name).OfType<string>()).Where(n => !maps.Contains(n)),
                .. volumes.Select(v => v.PersistentVolumeClaim?.ClaimName).OfType<string>().Where(n => !claims.Contains(n)),
                .. volumes.Select(v => v.Secret?.SecretName).Concat(volumes.SelectMany(v => v.Projected?.Sources ?? []).Select(s => s.Secret?.Name)).OfType<string>().Where(n => !s_secrets.Contains(n)),
                .. template.Spec.Containers.SelectMany(c => c.VolumeMounts).Select(m => m.Name).Where(n => !volumes.Any(v => v.Name == n) && !templates.Contains(n)),
            ];
            foreach (var each in missing)
            {
                yield return $"{name}: {each}";
            }
        }
    }

    // Two logs are in memory while one is written out, beside some 130 MB of its own; with 40 % of it in use a broker takes no more messages.
    private static IEnumerable<string> BrokersLog(Overlay overlay) =>
        from set in overlay.Of<V1StatefulSet>().Where(s => s.Metadata.Name == "rabbitmq")
        let limit = set.Spec.Template.Spec.Containers[0].Resources.Limits["memory"].ToDecimal()
        let log = LogSize().Match(overlay.Of<V1ConfigMap>("rabbitmq").Data["20-dip.conf"])
        let bytes = log.Success ? decimal.Parse(log.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) : 512_000_000
        where (2 * bytes) + 130_000_000 > 0.4m * limit
        select $"{set.Metadata.Name}: {bytes} bytes of log, {limit} of memory";

    [GeneratedRegex(@"(?m)^raft\.wal_max_size_bytes = (\d+)$")]
    private static partial Regex LogSize();

    private static IEnumerable<string> Scalers(Overlay overlay)
    {
        var told = JsonSerializer.SerializeToElement(new Backlog { Waiting = 0, Outstanding = 0, Running = 0, Deferred = 0 }, JsonSerializerOptions.Web);
        var service = overlay.Of<V1Service>("watcher");
        var url = $"http://{service.Metadata.Name}.{service.Metadata.NamespaceProperty}.svc.cluster.local:{service.Spec.Ports[0].Port}/backlog";
        var triggers = overlay.Of<ScaledObject>().SelectMany(o => o.Spec.Triggers).Concat(overlay.Of<ScaledJob>().SelectMany(j => j.Spec.Triggers));
        return triggers.Where(t => t is not { Type: "metrics-api", MetricType: null } || t.Metadata.Url != url || !told.TryGetProperty(t.Metadata.ValueLocation ?? "", out _) || !int.TryParse(t.Metadata.TargetValue, out var target) || target < 1)
            .Select(t => $"{t.Type} {t.Metadata.Url} {t.Metadata.ValueLocation} {t.Metadata.TargetValue}")
            .Concat(overlay.Of<ScaledObject>().Where(o => !overlay.Of<V1Deployment>().Any(d => d.Metadata.Name == o.Spec.ScaleTargetRef?.Name && d.Spec.Replicas is null)).Select(o => $"{o.Metadata.Name} scales no Deployment that leaves its number open"));
    }
}
