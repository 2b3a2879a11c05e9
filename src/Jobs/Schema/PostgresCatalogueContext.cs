using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs.Schema;

/// <summary>The catalogue on a PostgreSQL server.</summary>
internal sealed class PostgresCatalogueContext(DbContextOptions<PostgresCatalogueContext> options) : CatalogueContext(options)
{
    /// <summary>Key of the lock of the one Watcher at work: "DIP_LEAD".</summary>
    public const long LeaderKey = 0x4449505F4C454144;

    /// <summary>Key of the lock of the one process that migrates: "DIP_MIGR".</summary>
    public const long MigrationKey = 0x4449505F4D494752;

    /// <summary>Key of the lock of the one transaction that writes: "DIP_WRIT".</summary>
    private const long WriterKey = 0x4449505F57524954;

    public override string SelectFromJson(string table, IEnumerable<string> columns)
    {
        var entity = Model.GetEntityTypes().Single(e => e.GetTableName() == table);
        return $"SELECT {string.Join(", ", columns.Select((c, i) => $"(value ->> {i})::{entity.GetProperty(c).GetColumnType()}"))} FROM json_array_elements({{0}}::json)";
    }

    public override Task BecomeOnlyWriterAsync(CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({WriterKey})", cancellationToken);

    public override IQueryable<Job> WherePathFits(IQueryable<Job> jobs, string pattern)
    {
        var like = pattern
            .Replace(@"\", @"\\", StringComparison.Ordinal).Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal)
            .Replace('*', '%').Replace('?', '_');
        return jobs.Where(j => EF.Functions.Like(j.PicturePath, like, @"\"));
    }

    /// <summary>Names compare byte by byte, as they do in SQLite, whatever the server's language.</summary>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        base.OnModelCreating(modelBuilder);
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()).Where(p => p.ClrType == typeof(string)))
        {
            property.SetCollation("C");
        }
    }
}
