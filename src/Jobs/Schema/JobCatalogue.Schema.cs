using DipPipeline.Contracts;
using DipPipeline.Jobs.Leadership;
using DipPipeline.Jobs.Schema;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace DipPipeline.Jobs;

public sealed partial class JobCatalogue
{
    /// <summary>Makes the tables, or brings those of an older version up to date. To be called before anything else; cheap when there is nothing to do.</summary>
    /// <exception cref="RefusedException">A newer version of the program made the catalogue, or the file is no database.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken = default)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        if (context is not SqliteCatalogueContext)
        {
            // Processes that migrate at the same time wait for each other on the server.
            await using var only = await MigrationLock.AcquireAsync(_options.ConnectionString!, cancellationToken);
            await MigrateAsync(context, cancellationToken);
            return;
        }

        var file = Path.GetFullPath(_options.File);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await using var alone = await FileLock.AcquireAsync(file + ".migrate", _options.StandbyInterval, _time, cancellationToken);
        try
        {
            await ForgetDeadMigrationAsync(context, cancellationToken);
            await MigrateAsync(context, cancellationToken);
            await context.Database.ExecuteSqlRawAsync("PRAGMA journal_mode = WAL", cancellationToken);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteNotADatabase)
        {
            throw new RefusedException($"The catalogue '{_options.File}' is no SQLite database; name another file in Jobs:File.", e);
        }
    }

    private const int SqliteNotADatabase = 26;

    private async Task MigrateAsync(CatalogueContext context, CancellationToken cancellationToken)
    {
        var known = context.Database.GetMigrations().ToHashSet(StringComparer.Ordinal);
        var applied = await context.Database.CanConnectAsync(cancellationToken)
            ? (await context.Database.GetAppliedMigrationsAsync(cancellationToken)).ToList()
            : [];
        if (applied.FirstOrDefault(id => !known.Contains(id)) is { } newer)
        {
            throw new RefusedException(
                $"The catalogue in {_options.Place} was made by a newer version of this program (it has '{newer}', and this version knows up to '{known.Order(StringComparer.Ordinal).Last()}'); update this program, or use another catalogue.");
        }

        if (applied.Count < known.Count)
        {
            await context.Database.MigrateAsync(cancellationToken);
        }
    }

    // EF marks a migration under way by a row, which a process that was killed leaves behind and the next would wait for without end.
    // Whoever holds our file lock knows that no other migrates.
    private static async Task ForgetDeadMigrationAsync(CatalogueContext context, CancellationToken cancellationToken)
    {
        if (await context.Database.SqlQuery<int>($"SELECT COUNT(*) AS \"Value\" FROM sqlite_master WHERE name = '__EFMigrationsLock'").SingleAsync(cancellationToken) > 0)
        {
            await context.Database.ExecuteSqlRawAsync("DELETE FROM \"__EFMigrationsLock\"", cancellationToken);
        }
    }
}
