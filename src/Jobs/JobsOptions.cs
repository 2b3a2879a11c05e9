namespace DipPipeline.Jobs;

/// <summary>Where the catalogue lies, and how patient it is. Configuration section <c>Jobs</c>.</summary>
public sealed class JobsOptions
{
    /// <summary><c>sqlite</c>: a file, for processes of one machine.</summary>
    public const string Sqlite = "sqlite";

    /// <summary><c>postgres</c>: a server.</summary>
    public const string Postgres = "postgres";

    /// <summary><see cref="Sqlite"/> (default) or <see cref="Postgres"/>.</summary>
    public string Provider { get; set; } = Sqlite;

    /// <summary>
    /// The SQLite file, relative to the working directory; its folder is made. On a local disk: SQLite's write-ahead log needs memory
    /// that its processes share. Ignored with <see cref="Postgres"/>. Default <c>.dip/jobs.db</c>.
    /// </summary>
    public string File { get; set; } = ".dip/jobs.db";

    /// <summary>Npgsql's connection string; needed with <see cref="Postgres"/>, refused with <see cref="Sqlite"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>
    /// How often in a row a Host may defer a job before it is failed. A Host that lacks the task's version does not count, one that does not
    /// see the job's source does. Default 20: with the default delays about 2½ hours.
    /// </summary>
    public int MaxDeferrals { get; set; } = 20;

    /// <summary>How long a job waits after its first deferral; doubles with each further one. Default 10 s.</summary>
    public TimeSpan FirstDeferral { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest wait after a deferral. Default 10 minutes.</summary>
    public TimeSpan LongestDeferral { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often a Watcher that stands by looks whether the first one is gone. Default 1 s.</summary>
    public TimeSpan StandbyInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a job waits that was deferred so often in a row.</summary>
    internal TimeSpan Delay(int deferrals) =>
        TimeSpan.FromSeconds(Math.Min(FirstDeferral.TotalSeconds * Math.Pow(2, deferrals - 1), LongestDeferral.TotalSeconds));

    /// <summary>Why a job is failed that was deferred more often than it may be.</summary>
    internal static string TooOften(int deferrals, string reason) => $"Deferred {deferrals} times in a row; the last time: {reason}";

    internal bool IsPostgres => string.Equals(Provider, Postgres, StringComparison.OrdinalIgnoreCase);

    internal bool IsSqlite => string.Equals(Provider, Sqlite, StringComparison.OrdinalIgnoreCase);

    /// <summary>The catalogue's place in words for a person; never the connection string, which may hold a password.</summary>
    internal string Place => IsPostgres ? "the database of Jobs:ConnectionString" : $"'{File}'";
}
