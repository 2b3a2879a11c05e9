using k8s;
using k8s.Models;

namespace DipPipeline.Deployment.Tests.Manifests;

// KEDA's objects as far as they are used here, by its documentation of version 2.13 ("Scaling Deployments", "Scaling Jobs", "Metrics API"):
// a field that is not here is an error of the manifest, or is to be added here after reading what it does.

/// <summary>keda.sh/v1alpha1 ScaledObject.</summary>
public sealed class ScaledObject : IKubernetesObject<V1ObjectMeta>
{
    public const string Id = "keda.sh/v1alpha1/ScaledObject";

    public string ApiVersion { get; set; } = "";
    public string Kind { get; set; } = "";
    public V1ObjectMeta Metadata { get; set; } = new();
    public ScaledObjectSpec Spec { get; set; } = new();
}

public sealed class ScaledObjectSpec
{
    public ScaleTarget? ScaleTargetRef { get; set; }

    /// <summary>Seconds; default 30.</summary>
    public int? PollingInterval { get; set; }

    /// <summary>Seconds from the last active trigger to none; default 300. Only where <see cref="MinReplicaCount"/> is 0.</summary>
    public int? CooldownPeriod { get; set; }

    public int? InitialCooldownPeriod { get; set; }

    /// <summary>Default 0.</summary>
    public int? MinReplicaCount { get; set; }

    /// <summary>Default 100.</summary>
    public int? MaxReplicaCount { get; set; }

    public ScaleFallback? Fallback { get; set; }
    public ScaleAdvanced? Advanced { get; set; }
    public IList<ScaleTrigger> Triggers { get; set; } = [];
}

public sealed class ScaleTarget
{
    public string? ApiVersion { get; set; }

    /// <summary>Default Deployment.</summary>
    public string? Kind { get; set; }

    public string? Name { get; set; }
    public string? EnvSourceContainerName { get; set; }
}

public sealed class ScaleFallback
{
    public int? FailureThreshold { get; set; }
    public int? Replicas { get; set; }
}

public sealed class ScaleAdvanced
{
    public bool? RestoreToOriginalReplicaCount { get; set; }
    public HorizontalPodAutoscalerConfig? HorizontalPodAutoscalerConfig { get; set; }
}

public sealed class HorizontalPodAutoscalerConfig
{
    public string? Name { get; set; }
    public V2HorizontalPodAutoscalerBehavior? Behavior { get; set; }
}

/// <summary>keda.sh/v1alpha1 ScaledJob.</summary>
public sealed class ScaledJob : IKubernetesObject<V1ObjectMeta>
{
    public const string Id = "keda.sh/v1alpha1/ScaledJob";

    public string ApiVersion { get; set; } = "";
    public string Kind { get; set; } = "";
    public V1ObjectMeta Metadata { get; set; } = new();
    public ScaledJobSpec Spec { get; set; } = new();
}

public sealed class ScaledJobSpec
{
    public V1JobSpec? JobTargetRef { get; set; }
    public int? PollingInterval { get; set; }
    public int? SuccessfulJobsHistoryLimit { get; set; }
    public int? FailedJobsHistoryLimit { get; set; }
    public string? EnvSourceContainerName { get; set; }
    public int? MinReplicaCount { get; set; }
    public int? MaxReplicaCount { get; set; }
    public JobRollout? Rollout { get; set; }
    public JobScalingStrategy? ScalingStrategy { get; set; }
    public IList<ScaleTrigger> Triggers { get; set; } = [];
}

public sealed class JobRollout
{
    /// <summary><c>default</c> ends running Jobs when the ScaledJob changes, <c>gradual</c> lets them be.</summary>
    public string? Strategy { get; set; }

    /// <summary><c>background</c> or <c>foreground</c>.</summary>
    public string? PropagationPolicy { get; set; }
}

public sealed class JobScalingStrategy
{
    /// <summary><c>default</c>, <c>custom</c>, <c>accurate</c> or <c>eager</c>.</summary>
    public string? Strategy { get; set; }

    public string? MultipleScalersCalculation { get; set; }
}

public sealed class ScaleTrigger
{
    public string? Type { get; set; }
    public string? Name { get; set; }
    public bool? UseCachedMetrics { get; set; }

    /// <summary>AverageValue (default), Value or Utilization.</summary>
    public string? MetricType { get; set; }

    public MetricsApi Metadata { get; set; } = new();
}

/// <summary>Of the trigger <c>metrics-api</c>. All values are texts.</summary>
public sealed class MetricsApi
{
    public string? Url { get; set; }

    /// <summary>The path of the number in the answer.</summary>
    public string? ValueLocation { get; set; }

    /// <summary>What one replica is to have of it.</summary>
    public string? TargetValue { get; set; }

    /// <summary>More than this wakes the first replica; default 0.</summary>
    public string? ActivationTargetValue { get; set; }

    public string? UnsafeSsl { get; set; }
    public string? AuthMode { get; set; }
}
