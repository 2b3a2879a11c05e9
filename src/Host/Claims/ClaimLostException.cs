namespace DipPipeline.Host;

/// <summary>Another Host owns the job by now, or it was begun anew: whatever this one does for it is in vain.</summary>
internal sealed class ClaimLostException(string jobId) : Exception($"Job {jobId} is another Host's by now.");
