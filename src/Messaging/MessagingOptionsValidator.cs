using DipPipeline.Messaging.Topology;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging;

/// <summary>Everything that is wrong with the configuration and the roles, at once.</summary>
internal sealed class MessagingOptionsValidator(
    MessagingRoles roles, IServiceProvider services, IServiceProviderIsService known, IOptions<HostOptions> host)
    : IValidateOptions<MessagingOptions>
{
    public ValidateOptionsResult Validate(string? name, MessagingOptions options)
    {
        var errors = Errors(options).ToList();
        return errors.Count > 0 ? ValidateOptionsResult.Fail(errors) : ValidateOptionsResult.Success;
    }

    private IEnumerable<string> Errors(MessagingOptions options)
    {
        if (options.RabbitMq is { } uri && BrokerAddress.Fault(uri) is { } fault)
        {
            yield return fault;
        }

        var minutes = TimeSpan.FromMinutes(10);
        if (Outside("Heartbeat", options.Heartbeat, TimeSpan.FromSeconds(1), minutes) is { } heartbeat)
        {
            yield return heartbeat;
        }

        if (Outside("ConfirmTimeout", options.ConfirmTimeout, TimeSpan.FromMilliseconds(100), minutes) is { } confirm)
        {
            yield return confirm;
        }

        if (Outside("ReturnDelay", options.ReturnDelay, TimeSpan.FromMilliseconds(10), minutes) is { } returned)
        {
            yield return returned;
        }

        if (options.EventBatch is < 1 or > 1000)
        {
            yield return $"Messaging:EventBatch is {options.EventBatch}; accepted: 1 to 1000.";
        }

        if (options.TransientCapacity is < 1 or > 100_000)
        {
            yield return $"Messaging:TransientCapacity is {options.TransientCapacity}; accepted: 1 to 100000.";
        }

        // Handlers first, then the bus around them, then the process around it: the other way round the inner one is cut off.
        if (options.ConsumerStopTimeout <= TimeSpan.Zero || options.ConsumerStopTimeout > options.StopTimeout)
        {
            yield return $"Messaging:ConsumerStopTimeout is {options.ConsumerStopTimeout}; accepted: more than 0, at most StopTimeout ({options.StopTimeout}).";
        }

        if (options.StopTimeout > host.Value.ShutdownTimeout)
        {
            yield return $"Messaging:StopTimeout is {options.StopTimeout}; accepted: at most the time that the process has, Host:StopTimeout of a Host ({host.Value.ShutdownTimeout}).";
        }

        if (roles.IsHost && roles.SlotsOf(services) is var slots and (< 1 or > MessagingRoles.MostSlots))
        {
            yield return $"The Host has {slots} slots; accepted: 1 to {MessagingRoles.MostSlots}.";
        }

        foreach (var handler in roles.MissingHandlers(known))
        {
            yield return $"No IMessageHandler<{NameOf(handler.GenericTypeArguments[0])}> is registered, which the roles of this process need.";
        }
    }

    private static string? Outside(string name, TimeSpan value, TimeSpan least, TimeSpan most) =>
        value < least || value > most ? $"Messaging:{name} is {value}; accepted: {least} to {most}." : null;

    private static string NameOf(Type type) =>
        type.IsGenericType ? $"IReadOnlyList<{type.GenericTypeArguments[0].Name}>" : type.Name;
}
