using RabbitMQ.Client;

namespace DipPipeline.Messaging.Topology;

/// <summary>
/// A quorum queue with its exchange, its dead-letter exchange and its dead-letter queue. Declared by everyone who sends or receives,
/// with these same arguments: the broker refuses others, and whoever comes first, nothing sent is lost.
/// </summary>
internal sealed record DurableQueue(string Name)
{
    /// <summary>
    /// Deliveries of one message before it is dead. Lost connections and returned messages count, so it is far above what these can
    /// reach: a job is given up by its Host's count of crashes, never by the broker. Set at all because RabbitMQ 4 takes 20 without.
    /// </summary>
    public const int DeliveryLimit = 1_000_000;

    public static readonly IReadOnlyList<DurableQueue> All =
        [new(EndpointNames.RestoreImage), new(EndpointNames.JobEvents), new(EndpointNames.Submissions)];

    private string Dead => Name + EndpointNames.DeadSuffix;

    public Dictionary<string, object?> Arguments => new()
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = DeliveryLimit,
        ["x-dead-letter-exchange"] = Dead,
    };

    public static async Task DeclareAllAsync(IChannel channel, CancellationToken cancellationToken)
    {
        foreach (var queue in All)
        {
            await DeclareAsync(channel, queue.Name, queue.Arguments, cancellationToken).ConfigureAwait(false);
        }

        // Last: a RabbitMQ 3.10 that is killed within minutes of it can lose the quorum queue that was declared last, and then never
        // serves it again. Of these nobody receives.
        foreach (var queue in All)
        {
            await DeclareAsync(channel, queue.Dead, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" }, cancellationToken).ConfigureAwait(false);
        }

        foreach (var exchange in (string[])[EndpointNames.Cancellations, EndpointNames.Live])
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task DeclareAsync(IChannel channel, string name, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(name, ExchangeType.Fanout, durable: true, cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.QueueBindAsync(name, name, routingKey: "", cancellationToken: cancellationToken).ConfigureAwait(false);
    }
}
