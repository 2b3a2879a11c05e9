using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DipPipeline.Jobs.Schema;

/// <summary>Contexts for the database that the options name; connections come from the drivers' own pools.</summary>
internal sealed class CatalogueContextFactory : IDbContextFactory<CatalogueContext>
{
    private readonly Func<CatalogueContext> _create;

    public CatalogueContextFactory(IOptions<JobsOptions> options) => _create = options.Value.IsPostgres ? Postgres(options.Value) : Sqlite(options.Value);

    public CatalogueContext CreateDbContext() => _create();

    private static Func<CatalogueContext> Postgres(JobsOptions options)
    {
        var builder = Common(new DbContextOptionsBuilder<PostgresCatalogueContext>())
            .UseNpgsql(options.ConnectionString, npgsql => npgsql.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter));
        return () => new PostgresCatalogueContext(builder.Options);
    }

    private static Func<CatalogueContext> Sqlite(JobsOptions options)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(options.File) }.ConnectionString;
        var builder = Common(new DbContextOptionsBuilder<SqliteCatalogueContext>())
            .UseSqlite(connection, sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            .AddInterceptors(new SqliteSettings());
        return () => new SqliteCatalogueContext(builder.Options);
    }

    // A list is one parameter: a thousand ids are one statement, planned once, whatever their number.
    private static DbContextOptionsBuilder<T> Common<T>(DbContextOptionsBuilder<T> builder)
        where T : DbContext => builder.UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
}
