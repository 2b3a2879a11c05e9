namespace DipPipeline.Jobs.Runs;

/// <summary>How fast a run goes, from a few looks at how many rows were open.</summary>
internal sealed record Pace(IReadOnlyList<PaceMark> Marks)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    // Jobs take seconds to minutes, and Hosts come and go.
    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(10);

    public static Pace None { get; } = new([]);

    public static Pace Read(string? json) => json is null ? None : Json.Read<Pace>(json);

    public bool IsDue(DateTimeOffset now) => Marks.Count == 0 || now - new DateTimeOffset(Marks[^1].At, TimeSpan.Zero) >= s_interval;

    public Pace With(DateTimeOffset now, int open) => new([.. Recent(now), new(now.UtcTicks, open)]);

    /// <summary>Rows a second of the last ten minutes; <see langword="null"/> where too little is known, or nothing ended.</summary>
    public double? RowsPerSecond(DateTimeOffset now, int open)
    {
        if (Recent(now).Select(m => (PaceMark?)m).FirstOrDefault() is not { } first)
        {
            return null;
        }

        var (seconds, rows) = (TimeSpan.FromTicks(now.UtcTicks - first.At).TotalSeconds, first.Open - open);
        return seconds > 0 && rows > 0 ? rows / seconds : null;
    }

    // A Watcher that was away for a night has left old ones.
    private IEnumerable<PaceMark> Recent(DateTimeOffset now) => Marks.Where(m => now.UtcTicks - m.At <= s_window.Ticks);
}

/// <param name="At">UTC ticks.</param>
/// <param name="Open">Rows that had not ended.</param>
internal readonly record struct PaceMark(long At, int Open);
