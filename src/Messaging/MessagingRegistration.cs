using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Sending;
using DipPipeline.Messaging.Topology;
using MassTransit;
using MassTransit.UsageTracking;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging;

public static class MessagingRegistration
{
    /// <summary>
    /// Adds the bus, started and stopped with the application, and <see cref="IPipelineBus"/>, <see cref="IRestoreQueue"/> and
    /// <see cref="IBusHealth"/>. The start does not wait for the broker. What is wrong with the options stops the start
    /// (<see cref="OptionsValidationException"/>).
    /// </summary>
    /// <param name="section">The section <see cref="MessagingOptions.Section"/>; whether it names a broker is read now.</param>
    /// <param name="choose">The roles of this process; none only sends.</param>
    public static IServiceCollection AddMessaging(this IServiceCollection services, IConfiguration section, Action<MessagingRoles>? choose = null)
    {
        ArgumentNullException.ThrowIfNull(section);
        var roles = new MessagingRoles();
        choose?.Invoke(roles);

        services.AddSingleton(roles);
        services.AddSingleton<IValidateOptions<MessagingOptions>, MessagingOptionsValidator>();
        services.AddOptions<MessagingOptions>().Bind(section).ValidateOnStart();
        services.AddOptions<MassTransitHostOptions>().Configure<IOptions<MessagingOptions>>((bus, messaging) =>
        {
            bus.WaitUntilStarted = false;
            bus.ConsumerStopTimeout = messaging.Value.ConsumerStopTimeout;
            bus.StopTimeout = messaging.Value.StopTimeout;
        });

        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Deliveries>();
        services.AddSingleton<EventBatches>();
        services.AddSingleton(provider => new JobHandling(
            provider.GetRequiredService<Deliveries>(), roles.SlotsOf(provider), provider.GetService<InMemoryRestoreQueue>()));
        services.AddSingleton<IPipelineBus, PipelineBus>();
        services.AddSingleton<BusHealth>();
        services.AddSingleton<IBusHealth>(provider => provider.GetRequiredService<BusHealth>());

        if (string.IsNullOrWhiteSpace(section[nameof(MessagingOptions.RabbitMq)]))
        {
            AddInMemory(services, roles);
        }
        else
        {
            AddRabbitMq(services, roles);
        }

        // Usage telemetry is off; without this an environment variable of MassTransit's could turn it on.
        services.RemoveAll<IUsageTracker>();

        // After the bus, so that it ends before.
        services.AddSingleton<TransientSender>();
        services.AddHostedService(provider => provider.GetRequiredService<TransientSender>());
        return services;
    }

    private static void AddInMemory(IServiceCollection services, MessagingRoles roles)
    {
        services.AddSingleton(_ => new InMemoryRestoreQueue(roles.IsHost ? 1 : 0));
        services.AddSingleton<IRestoreQueue>(provider => provider.GetRequiredService<InMemoryRestoreQueue>());
        services.AddSingleton<Returns, InMemoryReturns>();
        services.AddSingleton<Transport, InMemoryTransport>();
        services.AddMassTransit(massTransit =>
        {
            massTransit.DisableUsageTelemetry();
            massTransit.AddReceiveEndpointObserver(provider => provider.GetRequiredService<BusHealth>());
            massTransit.UsingInMemory((context, bus) => InMemoryBus.Configure(bus, new BusConfiguration(context, roles), roles));
        });
    }

    private static void AddRabbitMq(IServiceCollection services, MessagingRoles roles)
    {
        services.AddSingleton<IRestoreQueue, RabbitMqRestoreQueue>();
        services.AddSingleton<Returns, RabbitMqReturns>();
        services.AddSingleton<Transport, RabbitMqTransport>();
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<MessagingOptions>>().Value;
            return new BrokerConnection(BrokerAddress.Of(options.RabbitMq!), options.Heartbeat, ConnectionName(roles, " (queries)"));
        });
        services.AddMassTransit(massTransit =>
        {
            massTransit.DisableUsageTelemetry();
            massTransit.AddReceiveEndpointObserver(provider => provider.GetRequiredService<BusHealth>());
            massTransit.UsingRabbitMq((context, bus) =>
                RabbitMqBus.Configure(bus, new BusConfiguration(context, roles), roles, ConnectionName(roles, "")));
        });
    }

    /// <summary>As the broker's list of connections shows it.</summary>
    private static string ConnectionName(MessagingRoles roles, string suffix)
    {
        var role = roles switch
        {
            { IsHost: true, IsWatcher: true } => "all",
            { IsHost: true } => "host",
            { IsWatcher: true } => "watcher",
            _ => "sender",
        };
        return $"dip {role} {Environment.MachineName}/{Environment.ProcessId}{suffix}";
    }
}
