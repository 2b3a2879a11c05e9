using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace DipPipeline.Jobs.Schema;

/// <summary>What SQLite keeps for a connection only; that the file has a write-ahead log, it remembers itself.</summary>
internal sealed class SqliteSettings : DbConnectionInterceptor
{
    // busy_timeout: another process may be writing; wait as long as the driver would, but without its pauses of 150 ms.
    // synchronous=NORMAL: with a write-ahead log a loss of power may undo the last commits but never damages the file; every rule of
    // the catalogue stands messages and events that come again.
    // cache_size: in KiB; ids are spread over the whole of their indexes, which with the default 2 MB are read again and again.
    // wal_autocheckpoint: in pages; for the same reason each batch of entries changes much the same pages, which at 32 MB are copied into
    // the database once for many batches.
    private const string Settings = "PRAGMA busy_timeout = 30000; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 8192;";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Settings;
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Settings;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
