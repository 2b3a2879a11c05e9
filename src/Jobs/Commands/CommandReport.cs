namespace DipPipeline.Jobs.Commands;

/// <summary>What a person's command did.</summary>
public sealed record CommandReport
{
    /// <summary>Jobs cancelled, or waiting again.</summary>
    public int Done { get; init; }

    /// <summary>Jobs that end once their Host has stopped, or whose source the Watcher looks at again.</summary>
    public int Pending { get; init; }

    /// <summary>Jobs that were named, or found by the filter, and are left as they are.</summary>
    public IReadOnlyList<UntouchedJob> Untouched { get; init; } = [];
}

/// <param name="Reason">One sentence.</param>
public sealed record UntouchedJob(string JobId, string Reason);
