namespace DipPipeline.Storage;

/// <summary>The two stores of the pipeline.</summary>
/// <param name="Inputs">Pictures and their companions; only read.</param>
/// <param name="Results">Restored pictures with what belongs to them, and the state of running jobs.</param>
public sealed record PipelineStorage(IArtifactStore Inputs, IArtifactStore Results)
{
    /// <summary>The state of one job.</summary>
    public JobState State(string jobId) => new(Results, jobId);
}
