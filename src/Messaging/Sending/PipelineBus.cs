using DipPipeline.Contracts.Messages;
using DipPipeline.Messaging.Depth;
using DipPipeline.Messaging.Topology;
using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging.Sending;

/// <inheritdoc cref="IPipelineBus"/>
internal sealed class PipelineBus(
    IBus bus, Transport transport, TransientSender transient, IOptions<MessagingOptions> options, ILogger<PipelineBus> log,
    InMemoryRestoreQueue? depth = null) : IPipelineBus
{
    private volatile bool _isDeclared;

    public async Task SendAsync(RestoreImage command, CancellationToken cancellationToken)
    {
        // Counted before: the handler may have it before this returns.
        depth?.Sent();
        try
        {
            await ToQueueAsync(EndpointNames.RestoreImage, command, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            depth?.NotSent();
            throw;
        }
    }

    public Task SendAsync(SubmitRestoration command, CancellationToken cancellationToken) =>
        ToQueueAsync(EndpointNames.Submissions, command, cancellationToken);

    public Task PublishAsync(IJobEvent jobEvent, CancellationToken cancellationToken) =>
        jobEvent is RestorationProgressed
            ? throw new ArgumentException("RestorationProgressed is transient: publish it as such.", nameof(jobEvent))
            : ToQueueAsync(EndpointNames.JobEvents, jobEvent, cancellationToken);

    public Task PublishAsync(CancelRestoration command, CancellationToken cancellationToken) =>
        WithinTimeAsync(command, token => SendToAsync(Transport.Exchange(EndpointNames.Cancellations), command, isMandatory: false, token), cancellationToken);

    public void PublishTransient(RestorationProgressed progress) => transient.Post(progress);

    public void PublishTransient(HostAnnounced announcement) => transient.Post(announcement);

    private Task ToQueueAsync(string queue, object message, CancellationToken cancellationToken) =>
        WithinTimeAsync(message, token => ToQueueOnceDeclaredAsync(queue, message, token), cancellationToken);

    /// <summary>
    /// Mandatory: what the broker can put into no queue it returns, instead of confirming and forgetting it. That is so where it was
    /// built anew since this process declared the topology.
    /// </summary>
    private async Task ToQueueOnceDeclaredAsync(string queue, object message, CancellationToken cancellationToken)
    {
        if (!_isDeclared)
        {
            await transport.DeclareAsync(cancellationToken).ConfigureAwait(false);
            _isDeclared = true;
        }

        var address = transport.Queue(queue);
        try
        {
            await SendToAsync(address, message, isMandatory: true, cancellationToken).ConfigureAwait(false);
        }
        catch (MessageReturnedException)
        {
            Log.TopologyMissing(log);
            await transport.DeclareAsync(cancellationToken).ConfigureAwait(false);
            await SendToAsync(address, message, isMandatory: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task SendToAsync(Uri address, object message, bool isMandatory, CancellationToken cancellationToken)
    {
        var endpoint = await bus.GetSendEndpoint(address).ConfigureAwait(false);
        var settings = Pipe.Execute<SendContext>(context =>
        {
            if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
            {
                rabbit.Mandatory = isMandatory;
            }
        });
        await endpoint.Send(message, message.GetType(), settings, cancellationToken).ConfigureAwait(false);
    }

    private async Task WithinTimeAsync(object message, Func<CancellationToken, Task> send, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(options.Value.ConfirmTimeout);
        try
        {
            // Waited for by itself too: not every wait inside heeds the token.
            await send(deadline.Token).WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            var why = deadline.IsCancellationRequested ? $"not within {options.Value.ConfirmTimeout}" : error.GetBaseException().Message;
            throw new NotConfirmedException($"The broker did not confirm a {message.GetType().Name}: {why}.", error);
        }
    }
}
