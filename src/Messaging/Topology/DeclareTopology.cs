using MassTransit;
using MassTransit.RabbitMqTransport;

namespace DipPipeline.Messaging.Topology;

/// <summary>Declares every durable queue on each channel of an endpoint, before it consumes: also after the broker was built anew.</summary>
internal sealed class DeclareTopology : IFilter<ChannelContext>
{
    public async Task Send(ChannelContext context, IPipe<ChannelContext> next)
    {
        await DurableQueue.DeclareAllAsync(context.Channel, context.CancellationToken).ConfigureAwait(false);
        await next.Send(context).ConfigureAwait(false);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("topology");
}
