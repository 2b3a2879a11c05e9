using System.Threading.Channels;
using DipPipeline.Messaging.Handling;

namespace DipPipeline.Messaging.Tests;

/// <summary>A handler that tells the test what it gets, and then does what the test says.</summary>
internal sealed class Received<T> : IMessageHandler<T>
{
    private readonly Channel<Handled<T>> _handled = Channel.CreateUnbounded<Handled<T>>();

    public Func<Handled<T>, Task> Act { get; set; } = _ => Task.CompletedTask;

    public int Count => _handled.Reader.Count;

    public async Task HandleAsync(T message, Delivery delivery, CancellationToken lost)
    {
        var handled = new Handled<T>(message, delivery, lost);
        await _handled.Writer.WriteAsync(handled, CancellationToken.None);
        try
        {
            await Act(handled);
        }
        finally
        {
            handled.Ended.TrySetResult();
        }
    }

    public async Task<Handled<T>> NextAsync()
    {
        using var deadline = new CancellationTokenSource(Node.Patience);
        try
        {
            return await _handled.Reader.ReadAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No {typeof(T).Name} came within {Node.Patience}.");
        }
    }
}

internal sealed record Handled<T>(T Message, Delivery Delivery, CancellationToken Lost)
{
    public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Returns when the delivery is lost.</summary>
    public async Task UntilLostAsync()
    {
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Lost.Register(() => lost.TrySetResult());
        await lost.Task.WaitAsync(Node.Patience);
    }
}
