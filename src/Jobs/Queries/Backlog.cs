namespace DipPipeline.Jobs.Queries;

/// <summary>How much there is to do, at one moment.</summary>
public sealed record Backlog
{
    /// <summary>Jobs that may begin now and are not at the broker yet, and rows of archive runs that have no job yet; not those of paused runs, nor those whose pictures could not be read.</summary>
    public required int Waiting { get; init; }

    /// <summary>Jobs that the broker and the Hosts have, <see cref="Running"/> among them.</summary>
    public required int Outstanding { get; init; }

    /// <summary>Jobs that Hosts work on.</summary>
    public required int Running { get; init; }

    /// <summary>
    /// Jobs that were put off and whose time has not come, and rows whose pictures could not be read: no Host could do anything for them. Part of
    /// no other count.
    /// </summary>
    public required int Deferred { get; init; }

    /// <summary>What a number of Hosts is to be chosen by: <see cref="Waiting"/> and <see cref="Outstanding"/>.</summary>
    public int Total => Waiting + Outstanding;

    /// <summary>
    /// How long one job took at work, all its slices together: the mean of the newest 100 completed jobs that some Host worked on.
    /// <see langword="null"/> while there is none.
    /// </summary>
    public double? SecondsPerJob { get; init; }

    /// <summary>
    /// How long <see cref="Total"/> will take if as many jobs go on being worked on at once as now, and one where none is: too long by what
    /// is done of those that run. <see langword="null"/> while there is something to do and no <see cref="SecondsPerJob"/>.
    /// </summary>
    public double? EstimatedSeconds => Total == 0 ? 0 : SecondsPerJob * Total / Math.Max(1, Running);
}
