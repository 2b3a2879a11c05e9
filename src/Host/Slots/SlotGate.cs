namespace DipPipeline.Host;

/// <summary>
/// Lets jobs run beside each other, and one that has crashed its Host before run alone. Who waits to run alone keeps newcomers out.
/// </summary>
internal sealed class SlotGate
{
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _changed = [];
    private readonly SortedSet<int> _taken = [];
    private int _waitingAlone;
    private bool _alone;

    /// <returns>The slot, to be left.</returns>
    public async Task<Place> EnterAsync(bool alone, CancellationToken cancellation)
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
                    if (alone ? _taken.Count == 0 : !_alone && _waitingAlone == 0)
                    {
                        var free = Enumerable.Range(0, _taken.Count + 1).First(n => !_taken.Contains(n));
                        _taken.Add(free);
                        _alone = alone;
                        return new Place(this, free);
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

    private void Leave(int slot) => Change(() =>
    {
        _taken.Remove(slot);
        _alone = false;
    });

    /// <summary>A slot that is taken until it is disposed of.</summary>
    public sealed class Place(SlotGate gate, int slot) : IDisposable
    {
        private SlotGate? _gate = gate;

        /// <summary>The lowest that was free.</summary>
        public int Slot { get; } = slot;

        public void Dispose() => Interlocked.Exchange(ref _gate, null)?.Leave(Slot);
    }
}
