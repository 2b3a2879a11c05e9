namespace DipPipeline.Watcher;

/// <summary>
/// How far the queue has come, which is first in, first out: of the messages that Hosts took, when the latest had come into it. One that
/// came before it and was not taken for long is not there. Known by what this process hears, so a while after its start. Safe for
/// several threads.
/// </summary>
internal sealed class QueueFront(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Queue<(DateTimeOffset At, DateTimeOffset Front)> _looks = new();
    private DateTimeOffset _front;
    private DateTimeOffset _then;

    /// <summary>A Host took what had come into the queue at that time.</summary>
    public void Reached(DateTimeOffset queuedAt)
    {
        lock (_lock)
        {
            _front = queuedAt > _front ? queuedAt : _front;
        }
    }

    /// <summary>Looks at the front, and says where it was at an earlier look, at least so long ago; the beginning of time before there was one.</summary>
    public DateTimeOffset LookBack(TimeSpan ago)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _looks.Enqueue((now, _front));
            while (_looks.TryPeek(out var look) && look.At <= now - ago)
            {
                _then = look.Front;
                _looks.Dequeue();
            }

            return _then;
        }
    }
}
