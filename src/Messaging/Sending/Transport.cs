using DipPipeline.Messaging.Topology;
using RabbitMQ.Client.Exceptions;

namespace DipPipeline.Messaging.Sending;

/// <summary>What RabbitMQ and memory do differently about sending.</summary>
internal abstract class Transport
{
    /// <summary>Where a message goes that must find the queue <paramref name="name"/>.</summary>
    public abstract Uri Queue(string name);

    /// <summary>Where a message goes to whoever is bound to it.</summary>
    public static Uri Exchange(string name) => new($"exchange:{name}");

    /// <summary>Called before the first durable message, and after one was returned for want of a queue.</summary>
    public abstract Task DeclareAsync(CancellationToken cancellationToken);
}

internal sealed class RabbitMqTransport(BrokerConnection connection, TimeProvider time) : Transport
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.5);

    /// <summary>The exchange: MassTransit would declare a queue that it is told, with other arguments than ours.</summary>
    public override Uri Queue(string name) => Exchange(name);

    /// <summary>Again and again while the broker is away, as MassTransit does with what it sends.</summary>
    public override async Task DeclareAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await connection.DeclareTopologyAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (BrokerUnreachableException unreachable) when (unreachable.InnerException is not AuthenticationFailureException)
            {
                await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}

internal sealed class InMemoryTransport : Transport
{
    public override Uri Queue(string name) => new($"queue:{name}");

    public override Task DeclareAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
