using DipPipeline.Jobs.Schema;
using Npgsql;

namespace DipPipeline.Jobs.Leadership;

/// <summary>
/// An advisory lock of a connection of its own, which the server frees when that connection ends. The connection waits for
/// notifications, which never come: so the end of the server, or of the connection, is read at once, and a network that swallows
/// everything is found out by the keep-alives.
/// </summary>
internal sealed class PostgresLock : IAsyncDisposable
{
    private const int KeepAliveSeconds = 10;

    private readonly NpgsqlConnection _connection;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _lost = new();
    private readonly Task _watching;

    private PostgresLock(NpgsqlConnection connection)
    {
        _connection = connection;
        _watching = WatchAsync();
    }

    public CancellationToken Lost => _lost.Token;

    /// <returns><see langword="null"/> while another has it, or the server is away.</returns>
    public static async Task<PostgresLock?> TryAcquireAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = KeepAliveSeconds };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        var isOurs = false;
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var command = new NpgsqlCommand("SELECT pg_try_advisory_lock($1)", connection) { Parameters = { new() { Value = PostgresCatalogueContext.LeaderKey } } };
            isOurs = await command.ExecuteScalarAsync(cancellationToken) is true;
            return isOurs ? new(connection) : null;
        }
        catch (NpgsqlException e) when (e.IsTransient)
        {
            // Whoever stands by waits for the server too.
            return null;
        }
        finally
        {
            if (!isOurs)
            {
                await connection.DisposeAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _connection.DisposeAsync();
        _stop.Dispose();
        _lost.Dispose();
    }

    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                await _connection.WaitAsync(_stop.Token);
            }
        }
        catch (Exception) when (!_stop.IsCancellationRequested)
        {
            // Whatever it was: whether the lock is still ours cannot be known any more.
            await _lost.CancelAsync();
        }
    }
}
