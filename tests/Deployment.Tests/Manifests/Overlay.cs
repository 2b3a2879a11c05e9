using System.Text.Json;
using k8s;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Manifests;

/// <summary>All objects that an overlay makes.</summary>
internal sealed class Overlay
{
    private static readonly Dictionary<string, Type> s_types = new() { [ScaledObject.Id] = typeof(ScaledObject), [ScaledJob.Id] = typeof(ScaledJob) };

    private Overlay(IEnumerable<IKubernetesObject<V1ObjectMeta>> objects) => Objects = [.. objects];

    public static IReadOnlyList<string> Names { get; } = [.. Directory.EnumerateDirectories(Repository.At("k8s/overlays")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    public List<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    /// <summary>Every Deployment, StatefulSet and ScaledJob: its name, and what its pods are.</summary>
    public IEnumerable<(string Name, V1PodTemplateSpec Template)> Workloads => Objects.Select(o => (o.Metadata.Name, Template: o switch
    {
        V1Deployment d => d.Spec.Template,
        V1StatefulSet s => s.Spec.Template,
        V1Job j => j.Spec.Template,
        ScaledJob j => j.Spec.JobTargetRef?.Template,
        _ => null,
    })).Where(w => w.Template is not null)!;

    public IEnumerable<(string Name, V1PodSpec Pod, V1Container Container)> Containers => Workloads
        .SelectMany(w => w.Template.Spec.Containers.Concat(w.Template.Spec.InitContainers ?? []).Select(c => ($"{w.Name}/{c.Name}", w.Template.Spec, c)));

    /// <summary>The programs of this repository, told by their images.</summary>
    public IEnumerable<(string Name, V1PodSpec Pod, V1Container Container)> Programs => Containers.Where(c => c.Container.Name is "watcher" or "host");

    /// <summary>Whether pictures and results are in a bucket.</summary>
    public bool IsOnS3 => Of<V1ConfigMap>("settings").Data.TryGetValue("Storage__Results", out var root) && root.StartsWith("s3://", StringComparison.Ordinal);

    public IEnumerable<T> Of<T>() => Objects.OfType<T>();

    public T Of<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => Objects.OfType<T>().Single(o => o.Metadata.Name == name);

    public V1PodTemplateSpec Workload(string name) => Workloads.Single(w => w.Name == name).Template;

    /// <summary>Every object, by the type of its kind: a field that the type lacks, or a value that it cannot have, is an error.</summary>
    public static Overlay Parse(string yaml) => new(KubernetesYaml.LoadAllFromString(yaml, s_types, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>());

    /// <summary>As the repository keeps it, a copy of each object of its own.</summary>
    public static Overlay Kept(string name) => Parse(Text(name));

    public static string Text(string name) => File.ReadAllText(Repository.At($"tests/Deployment.Tests/Rendered/{name}.yaml"));

    /// <summary>One line an object, in order of their kinds and names, whatever the order and style of the text.</summary>
    public IEnumerable<string> Lines() => Objects.Select(o => JsonSerializer.Serialize((object)o)).Order(StringComparer.Ordinal);
}
