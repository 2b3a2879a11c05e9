namespace DipPipeline.Jobs.Runs;

/// <summary>How fast a run goes, from a few looks at how many rows were open.</summary>
internal sealed record Pace(IReadOnlyList<PaceMark> Marks)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    // Ten minutes of them: jobs take seconds to minutes, and Hosts come and go.
    private const int Most = 61;

    public static Pace None { get; } = new([]);

    public static Pace Read(string? json) => json is null ? None : Json.Read<Pace>(json);

    public bool IsDue(DateTimeOffset now) => Marks.Count == 0 || now - new DateTimeOffset(Marks[^1].At, TimeSpan.Zero) >= s_interval;

    public Pace With(DateTimeOffset now, int open) => new([.. Marks.Skip(Math.Max(0, Marks.Count + 1 - Most)), new(now.UtcTicks, open)]);

    /// <summary>Rows a second since the first mark; <see langword="null"/> where too little is known.</summary>
    public double? RowsPerSecond(DateTimeOffset now, int open)
    {
        if (Marks.Count == 0)
        {
            return null;
        }

        var (seconds, rows) = (TimeSpan.FromTicks(now.UtcTicks - Marks[0].At).TotalSeconds, Marks[0].Open - open);
        return seconds > 0 && rows > 0 ? rows / seconds : null;
    }
}

/// <param name="At">UTC ticks.</param>
/// <param name="Open">Rows that had not ended.</param>
internal readonly record struct PaceMark(long At, int Open);
