using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging.Handling;

/// <summary>Brings messages from MassTransit to handlers, and the handlers' ends back to it.</summary>
internal sealed class Deliveries(
    IServiceScopeFactory scopes, Returns returns, IOptions<MessagingOptions> options, TimeProvider time, ILogger<Deliveries> log)
{
    /// <summary>For a handler to end in after its delivery was lost; within what stopping the bus has left then.</summary>
    private TimeSpan Grace =>
        TimeSpan.FromTicks(Math.Min((options.Value.StopTimeout - options.Value.ConsumerStopTimeout).Ticks / 2, TimeSpan.FromSeconds(2).Ticks));

    /// <summary>One message to one handler.</summary>
    public Task HandleAsync<T>(ConsumeContext<T> context)
        where T : class =>
        EndAsync(context, () => CallAsync(context.Message, DeliveryOf(context), context.CancellationToken));

    /// <summary>
    /// Waits for <paramref name="handle"/>, but not for ever once the delivery is lost (<see cref="Grace"/>), and says how it ended in the terms that MassTransit acts on. The context's token is
    /// cancelled when channel or connection shut down, and when the time to stop is over; an <see cref="OperationCanceledException"/>
    /// then leaves the message unacknowledged and out of the error queue, where everything else that is thrown puts it.
    /// </summary>
    public async Task EndAsync<T>(ConsumeContext<T> context, Func<Task> handle)
        where T : class
    {
        var lost = context.CancellationToken;
        ReturnMessageException? returned = null;
        try
        {
            await UntilLostAsync(handle(), lost).ConfigureAwait(false);
        }
        catch (ReturnMessageException thrown)
        {
            returned = thrown;
        }
        catch (Exception thrown) when (lost.IsCancellationRequested)
        {
            // It follows from the loss, or happened beside it: the message comes again either way.
            Log.EndedAfterLoss(log, typeof(T).Name, thrown.Message);
        }

        if (lost.IsCancellationRequested)
        {
            Log.Lost(log, typeof(T).Name);
            throw new OperationCanceledException(lost);
        }

        if (returned is not null)
        {
            Log.Returned(log, typeof(T).Name, returned.Message);
            await Task.Delay(options.Value.ReturnDelay, time, lost).ConfigureAwait(false);
            await returns.ReturnAsync(context, returned).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// A handler that heeds nothing would otherwise keep the bus from stopping, and from receiving again after its connection was
    /// lost. It is left to itself; its slot stays taken until it ends.
    /// </summary>
    private async Task UntilLostAsync(Task handling, CancellationToken lost)
    {
        try
        {
            await handling.WaitAsync(lost).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!handling.IsCompleted)
        {
            await handling.WaitAsync(Grace, time, CancellationToken.None).ConfigureAwait(false);
        }
    }

    public async Task CallAsync<T>(T message, Delivery delivery, CancellationToken lost)
    {
        var scope = scopes.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            await scope.ServiceProvider.GetRequiredService<IMessageHandler<T>>().HandleAsync(message, delivery, lost).ConfigureAwait(false);
        }
    }

    public Delivery DeliveryOf(ConsumeContext context) =>
        new(
            returns.IsRedelivered(context),
            context.SentTime is { } sent ? new DateTimeOffset(DateTime.SpecifyKind(sent, DateTimeKind.Utc)) : null);
}
