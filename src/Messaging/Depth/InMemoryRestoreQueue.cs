namespace DipPipeline.Messaging.Depth;

/// <summary>Counts what was sent, begun and ended in this process.</summary>
internal sealed class InMemoryRestoreQueue(int consumers) : IRestoreQueue
{
    private readonly Lock _lock = new();
    private int _ready;
    private int _running;

    public Task<QueueDepth?> DepthAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<QueueDepth?>(new QueueDepth(_ready, consumers, _running));
        }
    }

    public void Sent() => Move(1, 0);

    /// <summary>It was counted as sent, and could not be.</summary>
    public void NotSent() => Move(-1, 0);

    public void Begun() => Move(-1, 1);

    public void Ended() => Move(0, -1);

    private void Move(int ready, int running)
    {
        lock (_lock)
        {
            _ready += ready;
            _running += running;
        }
    }
}
