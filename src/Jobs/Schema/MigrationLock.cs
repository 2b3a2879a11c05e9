using Npgsql;

namespace DipPipeline.Jobs.Schema;

/// <summary>
/// Whoever holds it migrates a server's catalogue alone. EF itself locks one migration at a time: of two processes that begin with an
/// empty database, each would do what the other has done in between.
/// </summary>
internal static class MigrationLock
{
    /// <returns>The connection that holds it, until it is disposed; <see langword="null"/> where there is no such database yet.</returns>
    public static async Task<NpgsqlConnection?> AcquireAsync(string connectionString, CancellationToken cancellationToken)
    {
        // Its own, and no one's afterwards: a pooled one would keep the lock.
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 0 }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT pg_advisory_lock($1)", connection) { Parameters = { new() { Value = PostgresCatalogueContext.MigrationKey } } };
            await command.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch (Exception e)
        {
            await connection.DisposeAsync();
            if (e is PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName })
            {
                return null;
            }

            throw;
        }
    }
}
