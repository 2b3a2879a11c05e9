namespace DipPipeline.Host;

/// <summary>
/// Lets jobs run beside each other, and one that has crashed its Host before run alone. Who waits to run alone keeps newcomers out.
/// </summary>
internal sealed class SlotGate
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _changed = [];
    private int _running;
    private int _waitingAlone;
    private bool _alone;

    /// <returns>Leaves the gate.</returns>
    public async Task<IDisposable> EnterAsync(bool alone, CancellationToken cancellation)
    {
        if (alone)
        {
            lock (_lock)
            {
                _waitingAlone++;
            }
        }

        try
        {
            while (true)
            {
                TaskCompletionSource wait;
                lock (_lock)
                {
                    if (alone ? _running == 0 : !_alone && _waitingAlone == 0)
                    {
                        _running++;
                        _alone = alone;
                        return new Leave(this);
                    }

                    wait = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    _changed.Add(wait);
                }

                await wait.Task.WaitAsync(cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            if (alone)
            {
                Change(() => _waitingAlone--);
            }
        }
    }

    private void Change(Action change)
    {
        List<TaskCompletionSource> waiting;
        lock (_lock)
        {
            change();
            waiting = [.. _changed];
            _changed.Clear();
        }

        waiting.ForEach(w => w.TrySetResult());
    }

    private void Depart() => Change(() =>
    {
        _running--;
        _alone = false;
    });

    private sealed class Leave(SlotGate gate) : IDisposable
    {
        private SlotGate? _gate = gate;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Depart();
    }
}
