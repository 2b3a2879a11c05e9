using RabbitMQ.Client;

namespace DipPipeline.Messaging.Topology;

/// <summary>
/// A connection beside MassTransit's, opened at the first use and again when it broke: asks for the depth of queues, and declares the
/// topology for a sender that found it missing.
/// </summary>
internal sealed class BrokerConnection(BrokerAddress address, TimeSpan heartbeat, string name) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private IConnection? _connection;
    private IChannel? _channel;

    /// <summary>Runs <paramref name="use"/> on the channel, one at a time, for 10 s at most (<see cref="OperationCanceledException"/>).</summary>
    public async Task<T> UseAsync<T>(Func<IChannel, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        await _turn.WaitAsync(deadline.Token).ConfigureAwait(false);
        try
        {
            var channel = await OpenAsync(deadline.Token).ConfigureAwait(false);
            return await use(channel, deadline.Token).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    public Task DeclareTopologyAsync(CancellationToken cancellationToken) =>
        UseAsync(
            async (channel, token) =>
            {
                await DurableQueue.DeclareAllAsync(channel, token).ConfigureAwait(false);
                return true;
            },
            cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await CloseAsync().ConfigureAwait(false);
        _turn.Dispose();
    }

    private async Task<IChannel> OpenAsync(CancellationToken cancellationToken)
    {
        if (_channel is { IsOpen: true } open)
        {
            return open;
        }

        if (_connection is not { IsOpen: true })
        {
            await CloseAsync().ConfigureAwait(false);
            _connection = await address.Factory(heartbeat, name).CreateConnectionAsync(cancellationToken).ConfigureAwait(false);
        }

        _channel = await _connection.CreateChannelAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return _channel;
    }

    private async Task CloseAsync()
    {
        if (_connection is { } connection)
        {
            _connection = null;
            await connection.DisposeAsync().ConfigureAwait(false);
        }
    }
}
