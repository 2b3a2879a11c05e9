using DipPipeline.Contracts.Messages;
using MassTransit;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace DipPipeline.Messaging.Handling;

/// <summary>
/// Job events to their handler, one batch at a time: an event that finds it idle is handled at once and alone, and what arrives
/// meanwhile is the next batch. A batch is in the order of delivery; from one batch to the next, two events that came within a moment can
/// have changed places. Each event is acknowledged by itself when its batch is done.
/// </summary>
internal sealed class EventBatches(Deliveries deliveries, IOptions<MessagingOptions> options, ILogger<EventBatches> log)
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<Waiting, ulong> _waiting = new();
    private ulong _arrivals;
    private bool _isHandling;

    public Task HandleAsync<T>(ConsumeContext<T> context)
        where T : class, IJobEvent =>
        deliveries.EndAsync(context, () => AddAsync(context));

    /// <summary>Events that the handler does not have yet.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count;
            }
        }
    }

    private Task AddAsync<T>(ConsumeContext<T> context)
        where T : class, IJobEvent
    {
        var waiting = new Waiting(context.Message, deliveries.DeliveryOf(context), context.CancellationToken);
        lock (_lock)
        {
            // Several threads dispatch what one channel delivers, so the order is the broker's own number.
            _arrivals++;
            _waiting.Enqueue(waiting, context.ReceiveContext.TryGetPayload<RabbitMqBasicConsumeContext>(out var basic) ? basic.DeliveryTag : _arrivals);
            if (!_isHandling)
            {
                _isHandling = true;
                _ = Task.Run(HandleAllAsync);
            }
        }

        return waiting.Done.Task;
    }

    private async Task HandleAllAsync()
    {
        while (Next() is { Count: > 0 } batch)
        {
            await HandleAsync(batch).ConfigureAwait(false);
        }
    }

    private List<Waiting> Next()
    {
        lock (_lock)
        {
            var batch = new List<Waiting>();
            while (batch.Count < options.Value.EventBatch && _waiting.TryDequeue(out var waiting, out _))
            {
                if (waiting.Lost.IsCancellationRequested)
                {
                    waiting.Done.TrySetCanceled(waiting.Lost);
                }
                else
                {
                    batch.Add(waiting);
                }
            }

            _isHandling = batch.Count > 0;
            return batch;
        }
    }

    private async Task HandleAsync(List<Waiting> batch)
    {
        try
        {
            await CallAsync(batch).ConfigureAwait(false);
        }
        catch (Exception thrown) when (thrown is not ReturnMessageException && batch.Count > 1)
        {
            Log.BatchFailed(log, thrown, batch.Count);
            foreach (var alone in batch)
            {
                await HandleAsync([alone]).ConfigureAwait(false);
            }
        }
        catch (Exception thrown)
        {
            // Each delivery's own end decides what becomes of it.
            batch.ForEach(one => one.Done.TrySetException(thrown));
        }
    }

    private async Task CallAsync(List<Waiting> batch)
    {
        using var lost = CancellationTokenSource.CreateLinkedTokenSource([.. batch.Select(one => one.Lost)]);
        var delivery = new Delivery(batch.Exists(one => one.Delivery.IsRedelivered), batch[0].Delivery.SentAt);
        await deliveries.CallAsync<IReadOnlyList<IJobEvent>>([.. batch.Select(one => one.Event)], delivery, lost.Token).ConfigureAwait(false);
        batch.ForEach(one => one.Done.TrySetResult());
    }

    private sealed record Waiting(IJobEvent Event, Delivery Delivery, CancellationToken Lost)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
