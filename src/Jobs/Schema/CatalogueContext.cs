using DipPipeline.Jobs.Copies;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace DipPipeline.Jobs.Schema;

/// <summary>
/// The catalogue's tables. There is one context a database system, with migrations of its own; what differs between the systems
/// is abstract here, so that the rest need not know which one it is.
/// </summary>
internal abstract class CatalogueContext(DbContextOptions options) : DbContext(options)
{
    public DbSet<Job> Jobs => Set<Job>();
    public DbSet<Recipe> Recipes => Set<Recipe>();
    public DbSet<Result> Results => Set<Result>();
    public DbSet<Placement> Placements => Set<Placement>();
    public DbSet<Source> Sources => Set<Source>();
    public DbSet<Attempt> Attempts => Set<Attempt>();
    public DbSet<Cancellation> Cancellations => Set<Cancellation>();
    public DbSet<Submission> Submissions => Set<Submission>();
    public DbSet<Run> Runs => Set<Run>();
    public DbSet<RunSettings> RunSettings => Set<RunSettings>();
    public DbSet<RunRow> RunRows => Set<RunRow>();
    public DbSet<RunCount> RunCounts => Set<RunCount>();

    /// <summary>Placements of these jobs that are, or will be, copies.</summary>
    public IQueryable<Placement> CopiesOf(IReadOnlyCollection<string> jobIds) => Placements.Where(p => p.State != PlacementState.Own && jobIds.Contains(p.JobId));

    /// <summary>SELECT of a table's columns from the JSON array of rows, arrays too, that is the statement's only parameter, <c>{0}</c>.</summary>
    public abstract string SelectFromJson(string table, IEnumerable<string> columns);

    /// <summary>
    /// Makes the transaction just begun the only one that writes, until it ends. Every rule of the catalogue reads before it writes,
    /// and nearly all writing is one Watcher's: locks of rows would gain nothing.
    /// </summary>
    public abstract Task BecomeOnlyWriterAsync(CancellationToken cancellationToken);

    /// <summary>Jobs whose picture's path fits a pattern of <c>*</c> and <c>?</c>; upper and lower case differ.</summary>
    public abstract IQueryable<Job> WherePathFits(IQueryable<Job> jobs, string pattern);

    /// <summary>Times are kept as UTC ticks: SQLite has no type for them that it could order by.</summary>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UtcTicks>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Job>(job =>
        {
            job.HasKey(j => j.Number);
            // Taken for the key at first, by its name, it would not be required any more once another is.
            job.Property(j => j.Id).IsRequired();
            job.HasIndex(j => j.Id).IsUnique();
            // The queue in its order, and nothing else: however many jobs there are, the next one is the index's first. That its first two
            // columns always hold the same is what makes SQLite prefer it.
            job.HasIndex(j => new { j.State, j.DueAt, j.Priority, j.Number }, "IX_Jobs_Ready")
                .IsDescending(false, false, true, false)
                .HasFilter($"\"State\" = {(int)JobState.Waiting} AND \"DueAt\" IS NULL");
            job.HasIndex(j => j.DueAt).HasFilter("\"DueAt\" IS NOT NULL");
            job.HasIndex(j => new { j.State, j.Number });
            job.HasIndex(j => new { j.State, j.Task });
        });
        modelBuilder.Entity<Recipe>().HasKey(r => r.Id);
        modelBuilder.Entity<Result>().HasKey(r => r.JobNumber);
        modelBuilder.Entity<Result>().Property(r => r.JobNumber).ValueGeneratedNever();
        modelBuilder.Entity<Placement>(placement =>
        {
            placement.HasKey(p => p.Output);
            // A job's own placement is found by its output. To have all in an index of ids, which are spread evenly, would rewrite a
            // page of it for each job that is entered.
            placement.HasIndex(p => p.JobId, "IX_Placements_Copies").HasFilter($"\"State\" <> {(int)PlacementState.Own}");
            placement.HasIndex(p => p.Output, "IX_Placements_CopyDue").HasFilter($"\"State\" = {(int)PlacementState.CopyDue}");
        });
        modelBuilder.Entity<Source>(source =>
        {
            source.HasKey(s => s.Path);
            source.HasIndex(s => s.Path, "IX_Sources_Reexamine").HasFilter("\"Reexamine\"");
        });
        modelBuilder.Entity<Attempt>().HasKey(a => new { a.JobNumber, a.Generation, a.Number });
        modelBuilder.Entity<Cancellation>().HasKey(c => new { c.JobId, c.Generation });
        modelBuilder.Entity<Submission>().HasKey(s => s.Number);
        modelBuilder.Entity<Run>().HasIndex(r => r.Name).IsUnique();
        modelBuilder.Entity<RunSettings>().HasKey(s => new { s.RunId, s.Number });
        modelBuilder.Entity<RunRow>(row =>
        {
            row.HasKey(r => new { r.RunId, r.Number });
            // Has those whose turn it is in their order, and those that have a job.
            row.HasIndex(r => new { r.RunId, r.State, r.Priority, r.Number }, "IX_RunRows_Turn").IsDescending(false, false, true, false);
        });
        modelBuilder.Entity<RunCount>().HasKey(c => new { c.RunId, c.State });
    }

    private sealed class UtcTicks() : ValueConverter<DateTimeOffset, long>(time => time.UtcTicks, ticks => new DateTimeOffset(ticks, TimeSpan.Zero));
}
