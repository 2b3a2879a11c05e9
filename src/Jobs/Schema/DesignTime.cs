using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace DipPipeline.Jobs.Schema;

/// <summary>
/// For <c>dotnet ef migrations add NAME --context SqliteCatalogueContext --output-dir Schema/Sqlite</c>, and the same with Postgres.
/// Nothing is connected to.
/// </summary>
internal sealed class SqliteDesignTime : IDesignTimeDbContextFactory<SqliteCatalogueContext>
{
    public SqliteCatalogueContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<SqliteCatalogueContext>().UseSqlite().Options);
}

/// <inheritdoc cref="SqliteDesignTime"/>
internal sealed class PostgresDesignTime : IDesignTimeDbContextFactory<PostgresCatalogueContext>
{
    public PostgresCatalogueContext CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<PostgresCatalogueContext>().UseNpgsql().Options);
}
