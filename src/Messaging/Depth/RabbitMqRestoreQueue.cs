using System.Net.Sockets;
using DipPipeline.Messaging.Topology;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace DipPipeline.Messaging.Depth;

/// <summary>Passive declare, which tells what is ready; what is unacknowledged the protocol does not say.</summary>
internal sealed class RabbitMqRestoreQueue(BrokerConnection connection, ILogger<RabbitMqRestoreQueue> log) : IRestoreQueue
{
    private const ushort NotFound = 404;

    public async Task<QueueDepth?> DepthAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await AskAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationInterruptedException missing) when (missing.ShutdownReason?.ReplyCode == NotFound)
        {
            return await DeclareAndAskAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsAway(error) && !cancellationToken.IsCancellationRequested)
        {
            Log.DepthUnknown(log, error.Message);
            return null;
        }
    }

    private async Task<QueueDepth?> DeclareAndAskAsync(CancellationToken cancellationToken)
    {
        try
        {
            await connection.DeclareTopologyAsync(cancellationToken).ConfigureAwait(false);
            return await AskAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (IsAway(error) && !cancellationToken.IsCancellationRequested)
        {
            Log.DepthUnknown(log, error.Message);
            return null;
        }
    }

    private Task<QueueDepth?> AskAsync(CancellationToken cancellationToken) =>
        connection.UseAsync<QueueDepth?>(
            async (channel, token) =>
            {
                var queue = await channel.QueueDeclarePassiveAsync(EndpointNames.RestoreImage, token).ConfigureAwait(false);
                return new QueueDepth((int)queue.MessageCount, (int)queue.ConsumerCount, Unacknowledged: null);
            },
            cancellationToken);

    private static bool IsAway(Exception error) =>
        error is RabbitMQClientException or OperationCanceledException or TimeoutException or SocketException or IOException or ObjectDisposedException;
}
