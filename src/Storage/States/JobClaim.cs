namespace DipPipeline.Storage;

/// <summary>
/// Who works on a job, and how its starts have ended: the one record by which Hosts agree. Whoever takes a job over writes a new one
/// from it; whoever finds another owner's in its place stops.
/// </summary>
public sealed record JobClaim
{
    /// <summary>Random, of one attempt.</summary>
    public required string Owner { get; init; }

    /// <summary>The Host, for people.</summary>
    public required string Host { get; init; }

    public required int Generation { get; init; }

    public required int Slice { get; init; }

    /// <summary>For people, never for decisions: no two machines' clocks are compared.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Iterations of the checkpoint that the attempt began from: a later one than this says that the attempt got somewhere.</summary>
    public required int FromIteration { get; init; }

    /// <summary>Attempts in a row before this one that ended in a crash without a newer checkpoint.</summary>
    public int Crashes { get; init; }

    /// <summary>An attempt at this generation crashed, wherever it had got to: what is known to take a process with it is avoided from then on.</summary>
    public bool IsAfterCrash { get; init; }

    /// <summary>One sentence for each attempt that crashed.</summary>
    public IReadOnlyList<string> History { get; init; } = [];

    /// <summary>It waits to run alone on its Host, and has not begun: a crash meanwhile is another job's.</summary>
    public bool IsWaiting { get; init; }

    /// <summary>
    /// The attempt ended in an orderly way: the job was given back, or its connection was lost. An attempt that is neither released nor beating
    /// crashed; so did one with a <see cref="Fault"/>.
    /// </summary>
    public bool IsReleased { get; init; }

    /// <summary>Why its Host ended after it had released the attempt: a device that no longer computes. One sentence.</summary>
    public string? Fault { get; init; }
}

/// <summary>What a checkpoint is of.</summary>
/// <param name="Slice">The slice that wrote it: an older one has nothing more to do.</param>
/// <param name="Iteration">Iterations done, over all tiles.</param>
public sealed record CheckpointMark(int Slice, int Iteration)
{
    /// <summary>Names of its files: several where tiles, or networks, are fitted at the same time.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>Numbers of the finished tiles that it needs.</summary>
    public IReadOnlyList<int> Tiles { get; init; } = [];
}

/// <summary>A person cancelled the job, or a newer one writes its output.</summary>
/// <param name="Generation">This one and all before it.</param>
/// <param name="Reason">One sentence.</param>
public sealed record CancelMark(int Generation, string Reason);
