using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Topology;
using MassTransit;
using MassTransit.Middleware;

namespace DipPipeline.Messaging;

/// <summary>The roles' endpoints on RabbitMQ.</summary>
internal static class RabbitMqBus
{
    public static void Configure(IRabbitMqBusFactoryConfigurator bus, BusConfiguration endpoints, MessagingRoles roles, string connectionName)
    {
        var address = BrokerAddress.Of(endpoints.Options.RabbitMq!);
        bus.Host(address.Host, address.Port, address.VirtualHost, connectionName, host =>
        {
            host.Username(address.User);
            host.Password(address.Password);
            host.Heartbeat(endpoints.Options.Heartbeat);
            host.RequestedConnectionTimeout(TimeSpan.FromSeconds(5));
            host.ContinuationTimeout(TimeSpan.FromSeconds(20));
            if (address.Tls)
            {
                host.UseSsl(tls => tls.ServerName = address.Host);
            }
        });
        BusConfiguration.Json(bus);

        if (roles.IsHost)
        {
            Durable(bus, new DurableQueue(EndpointNames.RestoreImage), endpoints.Jobs);
            Temporary(bus, EndpointNames.Cancellations, most: null, endpoints.Cancellations);
        }

        if (roles.IsWatcher)
        {
            Durable(bus, new DurableQueue(EndpointNames.JobEvents), endpoints.JobEvents);
            Durable(bus, new DurableQueue(EndpointNames.Submissions), endpoints.Submissions);
            Temporary(bus, EndpointNames.Live, endpoints.Options.TransientCapacity, endpoints.Live);
        }

        if (roles is { IsHost: false, IsWatcher: false })
        {
            // Receives nothing: by it the topology is declared and the connection watched.
            Temporary(bus, exchange: null, most: 1, endpoints.Nothing);
        }
    }

    private static void Durable(IRabbitMqBusFactoryConfigurator bus, DurableQueue queue, Action<IReceiveEndpointConfigurator> configure) =>
        bus.ReceiveEndpoint(queue.Name, endpoint =>
        {
            foreach (var (key, value) in queue.Arguments)
            {
                endpoint.SetQueueArgument(key, value!);
            }

            endpoint.ConfigureChannel(channel => channel.UseFilter(new DeclareTopology()));
            endpoint.ConfigureError(error =>
            {
                error.UseFilter(new RethrowReturned());
                error.UseFilter(new GenerateFaultFilter());
                error.UseFilter(new ErrorTransportFilter());
            });
            configure(endpoint);
        });

    private static void Temporary(IRabbitMqBusFactoryConfigurator bus, string? exchange, int? most, Action<IReceiveEndpointConfigurator> configure) =>
        bus.ReceiveEndpoint(EndpointNames.Temporary(exchange ?? "sender"), endpoint =>
        {
            // With these MassTransit makes it exclusive: it goes with the connection. After one that broke unnoticed the name is locked
            // until the broker knows, too, and declaring it is tried again until then.
            endpoint.Durable = false;
            endpoint.AutoDelete = true;
            if (most is { } limit)
            {
                endpoint.SetQueueArgument("x-max-length", limit);
                endpoint.SetQueueArgument("x-overflow", "drop-head");
            }

            if (exchange is not null)
            {
                endpoint.Bind(exchange);
            }

            endpoint.ConfigureChannel(channel => channel.UseFilter(new DeclareTopology()));
            configure(endpoint);
            // What no handler takes, or throws on, is not worth a queue.
            endpoint.DiscardFaultedMessages();
            endpoint.DiscardSkippedMessages();
        });
}
