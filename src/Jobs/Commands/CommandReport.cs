namespace DipPipeline.Jobs.Commands;

/// <summary>What a person's command did.</summary>
/// <param name="Done">Jobs cancelled, or waiting again.</param>
/// <param name="Pending">Jobs that end once their Host has stopped, or whose source the Watcher looks at again.</param>
/// <param name="Untouched">Jobs that were named, or found by the filter, and left as they are.</param>
public sealed record CommandReport(int Done, int Pending, IReadOnlyList<UntouchedJob> Untouched);

/// <param name="Reason">One sentence.</param>
public sealed record UntouchedJob(string JobId, string Reason);
