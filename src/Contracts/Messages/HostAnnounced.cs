namespace DipPipeline.Contracts.Messages;

/// <summary>A Host is there: sent when it starts, every 30 s, and when it leaves. How much the Watcher keeps outstanding follows from it.</summary>
public sealed record HostAnnounced
{
    /// <summary>Unique to the process.</summary>
    public required string Host { get; init; }

    /// <summary>Jobs it works on at the same time.</summary>
    public required int Slots { get; init; }

    /// <summary>Slots at work.</summary>
    public required int Busy { get; init; }

    /// <summary><c>cpu</c> or <c>cuda:0</c>.</summary>
    public required string Device { get; init; }

    public required IReadOnlyList<TaskVersion> Tasks { get; init; }

    /// <summary>It takes no more messages.</summary>
    public bool IsLeaving { get; init; }
}

/// <summary>A task that a Host can do.</summary>
public sealed record TaskVersion(string Task, string Version);
