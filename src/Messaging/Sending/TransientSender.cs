using System.Threading.Channels;
using DipPipeline.Messaging.Health;
using DipPipeline.Messaging.Topology;
using MassTransit;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging.Sending;

/// <summary>
/// Sends transient messages from a bounded buffer, the oldest giving way, one after the other: not persistent, confirmation not
/// awaited, and not at all while the bus is not connected.
/// </summary>
internal sealed class TransientSender : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly IBus _bus;
    private readonly IBusHealth _health;
    private readonly ILogger<TransientSender> _log;
    private readonly Channel<object> _buffer;

    public TransientSender(IBus bus, IBusHealth health, IOptions<MessagingOptions> options, ILogger<TransientSender> log)
    {
        _bus = bus;
        _health = health;
        _log = log;
        _buffer = Channel.CreateBounded<object>(
            new BoundedChannelOptions(options.Value.TransientCapacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            dropped => Log.Dropped(log, dropped.GetType().Name, "newer ones wait"));
    }

    public int Waiting => _buffer.Reader.Count;

    public void Post(object message) => _buffer.Writer.TryWrite(message);

    /// <summary>What was posted is sent, a goodbye among it, if that goes quickly.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _buffer.Writer.TryComplete();
        if (ExecuteTask is { } sending)
        {
            await Task.WhenAny(sending, Task.Delay(Patience, cancellationToken)).ConfigureAwait(false);
        }

        await base.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var message in _buffer.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
        {
            if (!_health.Check().IsConnected)
            {
                Log.Dropped(_log, message.GetType().Name, "the broker is away");
                continue;
            }

            await SendAsync(message, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task SendAsync(object message, CancellationToken stoppingToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        deadline.CancelAfter(Patience);
        try
        {
            var endpoint = await _bus.GetSendEndpoint(Transport.Exchange(EndpointNames.Live)).ConfigureAwait(false);
            await endpoint.Send(message, message.GetType(), Pipe.Execute<SendContext>(Transient), deadline.Token).WaitAsync(deadline.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Dropped(_log, message.GetType().Name, error.Message);
        }
    }

    private static void Transient(SendContext context)
    {
        context.Durable = false;
        if (context.TryGetPayload<RabbitMqSendContext>(out var rabbit))
        {
            rabbit.AwaitAck = false;
        }
    }
}
