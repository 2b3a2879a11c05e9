namespace DipPipeline.Contracts.Messages;

/// <summary>What a Host says about a job. Applied to the catalogue only where the generation is the catalogue's own, and never backwards.</summary>
public interface IJobEvent
{
    string JobId { get; }

    int Generation { get; }

    /// <summary>Who says it.</summary>
    string Host { get; }

    /// <summary>By that Host's clock; for people, never for decisions.</summary>
    DateTimeOffset At { get; }
}
