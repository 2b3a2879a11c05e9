using System.Text.Json;
using System.Text.Json.Serialization;
using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Handling;
using DipPipeline.Messaging.Health;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging;

/// <summary>The endpoints of the roles: what RabbitMQ and memory have in common.</summary>
internal sealed class BusConfiguration(IServiceProvider services, MessagingRoles roles)
{
    private readonly Deliveries _deliveries = services.GetRequiredService<Deliveries>();
    private readonly MessagingOptions _options = services.GetRequiredService<IOptions<MessagingOptions>>().Value;

    public MessagingOptions Options => _options;

    public static void Json(IBusFactoryConfigurator bus) => bus.ConfigureJsonSerializerOptions(json => new JsonSerializerOptions(json)
    {
        // The PSNR of a perfect result is infinite, which JSON has no number for.
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectNullableAnnotations = true,
    });

    /// <summary>Every endpoint: nothing bound but what is said, no fault messages, returned messages past the error queue.</summary>
    private void Common(IReceiveEndpointConfigurator endpoint, int atOnce)
    {
        services.GetRequiredService<BusHealth>().Expect(endpoint.InputAddress);
        endpoint.ConfigureConsumeTopology = false;
        endpoint.PublishFaults = false;
        endpoint.PrefetchCount = atOnce;
        endpoint.ConcurrentMessageLimit = atOnce;
    }

    public void Jobs(IReceiveEndpointConfigurator endpoint)
    {
        var handling = services.GetRequiredService<JobHandling>();
        // As many as there are slots and none in advance: the next one is another Host's to take.
        Common(endpoint, roles.SlotsOf(services));
        endpoint.Handler<RestoreImage>(handling.HandleAsync);
    }

    public void Cancellations(IReceiveEndpointConfigurator endpoint)
    {
        Common(endpoint, atOnce: 16);
        endpoint.Handler<CancelRestoration>(_deliveries.HandleAsync);
    }

    public void JobEvents(IReceiveEndpointConfigurator endpoint)
    {
        var batches = services.GetRequiredService<EventBatches>();
        // A batch at work and the next one gathering.
        Common(endpoint, 2 * _options.EventBatch);
        endpoint.Handler<RestorationStarted>(batches.HandleAsync);
        endpoint.Handler<RestorationCompleted>(batches.HandleAsync);
        endpoint.Handler<RestorationRejected>(batches.HandleAsync);
        endpoint.Handler<RestorationFailed>(batches.HandleAsync);
        endpoint.Handler<RestorationCancelled>(batches.HandleAsync);
        endpoint.Handler<RestorationDeferred>(batches.HandleAsync);
        endpoint.Handler<RestorationHandedBack>(batches.HandleAsync);
        endpoint.Handler<SourceChanged>(batches.HandleAsync);
    }

    public void Submissions(IReceiveEndpointConfigurator endpoint)
    {
        Common(endpoint, atOnce: 4);
        endpoint.Handler<SubmitRestoration>(_deliveries.HandleAsync);
    }

    public void Live(IReceiveEndpointConfigurator endpoint)
    {
        // Beyond what the handler keeps up with, messages wait in the broker, where their number is bounded.
        Common(endpoint, atOnce: 16);
        endpoint.Handler<RestorationProgressed>(_deliveries.HandleAsync);
        endpoint.Handler<HostAnnounced>(_deliveries.HandleAsync);
    }

    public void Nothing(IReceiveEndpointConfigurator endpoint) => Common(endpoint, atOnce: 1);
}
