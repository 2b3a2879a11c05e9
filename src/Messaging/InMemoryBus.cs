using DipPipeline.Messaging.Topology;
using MassTransit;

namespace DipPipeline.Messaging;

/// <summary>The roles' endpoints inside this process.</summary>
internal static class InMemoryBus
{
    public static void Configure(IInMemoryBusFactoryConfigurator bus, BusConfiguration endpoints, MessagingRoles roles)
    {
        BusConfiguration.Json(bus);

        if (roles.IsHost)
        {
            bus.ReceiveEndpoint(EndpointNames.RestoreImage, endpoints.Jobs);
            Bound(bus, EndpointNames.Cancellations, endpoints.Cancellations);
        }

        if (roles.IsWatcher)
        {
            bus.ReceiveEndpoint(EndpointNames.JobEvents, endpoints.JobEvents);
            bus.ReceiveEndpoint(EndpointNames.Submissions, endpoints.Submissions);
            Bound(bus, EndpointNames.Live, endpoints.Live);
        }

        if (roles is { IsHost: false, IsWatcher: false })
        {
            bus.ReceiveEndpoint(EndpointNames.Temporary("sender"), endpoints.Nothing);
        }
    }

    private static void Bound(IInMemoryBusFactoryConfigurator bus, string exchange, Action<IReceiveEndpointConfigurator> configure) =>
        bus.ReceiveEndpoint(EndpointNames.Temporary(exchange), endpoint =>
        {
            endpoint.Bind(exchange);
            configure(endpoint);
        });
}
