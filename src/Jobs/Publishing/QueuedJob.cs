using DipPipeline.Contracts.Messages;

namespace DipPipeline.Jobs.Publishing;

/// <summary>A job whose message is to be published now.</summary>
/// <param name="ClearState">Before that, what earlier generations left in storage (checkpoint, markers, attempts) is to be removed, and <see cref="JobCatalogue.StateClearedAsync"/> to be told.</param>
public sealed record QueuedJob(RestoreImage Message, bool ClearState);
