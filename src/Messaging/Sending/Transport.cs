using DipPipeline.Messaging.Topology;
using MassTransit;

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

internal sealed class RabbitMqTransport(BrokerConnection connection) : Transport
{
    /// <summary>The exchange: MassTransit would declare a queue that it is told, with other arguments than ours.</summary>
    public override Uri Queue(string name) => Exchange(name);

    public override Task DeclareAsync(CancellationToken cancellationToken) => connection.DeclareTopologyAsync(cancellationToken);
}

internal sealed class InMemoryTransport : Transport
{
    public override Uri Queue(string name) => new($"queue:{name}");

    public override Task DeclareAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
