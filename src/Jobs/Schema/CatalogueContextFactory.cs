using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.Extensions.Options;

namespace DipPipeline.Jobs.Schema;

/// <summary>Contexts for the database that the options name; used again, as are the drivers' connections.</summary>
internal sealed class CatalogueContextFactory : IDbContextFactory<CatalogueContext>
{
    private readonly Func<CatalogueContext> _create;

    public CatalogueContextFactory(IOptions<JobsOptions> options)
        : this(options, [])
    {
    }

    internal CatalogueContextFactory(IOptions<JobsOptions> options, IReadOnlyList<IInterceptor> interceptors) =>
        _create = options.Value.IsPostgres ? Postgres(options.Value, interceptors) : Sqlite(options.Value, interceptors);

    public CatalogueContext CreateDbContext() => _create();

    private static Func<CatalogueContext> Postgres(JobsOptions options, IReadOnlyList<IInterceptor> interceptors)
    {
        var builder = Common(new DbContextOptionsBuilder<PostgresCatalogueContext>())
            .UseNpgsql(options.ConnectionString, npgsql => npgsql.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            .AddInterceptors(interceptors);
        return new PooledDbContextFactory<PostgresCatalogueContext>(builder.Options).CreateDbContext;
    }

    private static Func<CatalogueContext> Sqlite(JobsOptions options, IReadOnlyList<IInterceptor> interceptors)
    {
        var connection = new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(options.File) }.ConnectionString;
        var builder = Common(new DbContextOptionsBuilder<SqliteCatalogueContext>())
            .UseSqlite(connection, sqlite => sqlite.UseParameterizedCollectionMode(ParameterTranslationMode.Parameter))
            .AddInterceptors([new SqliteSettings(), .. interceptors]);
        return new PooledDbContextFactory<SqliteCatalogueContext>(builder.Options).CreateDbContext;
    }

    // A list is one parameter: a thousand ids are one statement, planned once, whatever their number.
    private static DbContextOptionsBuilder<T> Common<T>(DbContextOptionsBuilder<T> builder)
        where T : DbContext => builder.UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking);
}
