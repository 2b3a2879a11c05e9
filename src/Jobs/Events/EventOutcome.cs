using DipPipeline.Contracts.Messages;

namespace DipPipeline.Jobs.Events;

/// <summary>What an event did.</summary>
/// <param name="Applied"><see langword="false"/>: late, repeated, of another generation, or of a job that is not in the catalogue.</param>
/// <param name="State">The job's state after it; <see langword="null"/> for a job that is not in the catalogue.</param>
/// <param name="TakenOf">When the message had come into the queue that a Host took, as this event is the first to show; else <see langword="null"/>.</param>
public sealed record EventOutcome(IJobEvent Event, bool Applied, JobState? State, DateTimeOffset? TakenOf = null);
