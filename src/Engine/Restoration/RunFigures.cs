using DipPipeline.Contracts.Results;
using DipPipeline.Engine.Optimisation;

namespace DipPipeline.Engine.Restoration;

/// <summary>How an optimisation went, for its metrics.</summary>
internal sealed record RunFigures(int Iterations, int ChosenIteration, double Seconds, string StoppedBy, EnergyRange Energy, int Divergences)
{
    /// <summary>The metrics of a result that was just written.</summary>
    /// <param name="request">The job.</param>
    /// <param name="identity">What the run is of.</param>
    /// <param name="plan">Where and how it computed.</param>
    /// <param name="input">The picture.</param>
    /// <param name="output">The restored picture.</param>
    public RestorationMetrics Metrics(
        RestorationRequest request, CheckpointIdentity identity, ExecutionPlan plan, PictureReference input, PictureReference output) => new()
    {
        JobId = identity.JobId,
        Task = request.Plugin.Descriptor.Id,
        Plugin = new PluginReference(request.Plugin.GetType().Assembly.GetName().Name!, request.Plugin.Descriptor.Version),
        EngineVersion = EngineVersion.Current,
        Preset = request.Preset,
        Options = request.Options.Values.ToDictionary(o => o.Key, o => o.Value),
        Seed = request.Seed,
        Device = plan.Device,
        Precision = plan.PrecisionName,
        Threads = plan.Threads,
        Input = input,
        Output = output,
        Tiles = identity.Plan,
        NetworksAtOnce = identity.NetworksAtOnce > 1 ? identity.NetworksAtOnce : null,
        Iterations = Iterations,
        ChosenIteration = ChosenIteration,
        IterationsPerSecond = Iterations / Math.Max(1e-9, Seconds),
        Seconds = Seconds,
        StoppedBy = StoppedBy,
        Energy = Energy,
        Warnings = [],
        Divergences = Divergences,
        Generation = 0,
        PeakMemoryBytes = ProcessMemory.PeakBytes(),
    };
}
