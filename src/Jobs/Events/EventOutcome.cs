using DipPipeline.Contracts.Messages;

namespace DipPipeline.Jobs.Events;

/// <summary>What an event did.</summary>
/// <param name="Applied"><see langword="false"/>: late, repeated, of another generation, or of a job that is not in the catalogue.</param>
/// <param name="State">The job's state after it; <see langword="null"/> for a job that is not in the catalogue.</param>
public sealed record EventOutcome(IJobEvent Event, bool Applied, JobState? State);
