using DipPipeline.Contracts.Messages;

namespace DipPipeline.Host;

/// <summary>A job at work: how to stop it, and when something was last heard of it.</summary>
internal sealed class RunningJob : IDisposable
{
    private const int FarLonger = 20;

    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private readonly TimeSpan _stallAfter;
    private readonly Lock _lock = new();
    private int _reason;
    private long? _heard;
    private TimeSpan _longest;

    /// <param name="message">The job.</param>
    /// <param name="stallAfter">As <see cref="HostOptions.StallAfter"/>.</param>
    /// <param name="time">Measures silence.</param>
    /// <param name="lost">As <see cref="Lost"/>.</param>
    public RunningJob(RestoreImage message, TimeSpan stallAfter, TimeProvider time, CancellationToken lost) =>
        (Message, _stallAfter, _time, Lost) = (message, stallAfter, time, lost);

    public RestoreImage Message { get; }

    /// <summary>Its place among the jobs at work, once it has one: left with the job, when all has been said of it.</summary>
    public SlotGate.Place? Place { get; set; }

    /// <summary>Cancelled by the first <see cref="Stop"/>.</summary>
    public CancellationToken Stopped => _stop.Token;

    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>Since something was last heard of the optimisation; zero while it is not to be heard.</summary>
    public TimeSpan Silence
    {
        get
        {
            lock (_lock)
            {
                return _heard is { } heard ? _time.GetElapsedTime(heard) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>The optimisation has been silent for far longer than ever before: it hangs.</summary>
    public bool IsStalled
    {
        get
        {
            var silence = Silence;
            lock (_lock)
            {
                return silence > _stallAfter && silence > FarLonger * _longest;
            }
        }
    }

    /// <summary>Ends when the Host begins to leave, whatever had stopped the job before.</summary>
    public Task Leaving => _leaving.Task;

    /// <summary>Cancelled when its delivery is no longer ours: the message comes again, whatever is said of it.</summary>
    public CancellationToken Lost { get; }

    /// <summary>The optimisation begins, or gave a sign of life.</summary>
    public void Heard()
    {
        lock (_lock)
        {
            var now = _time.GetTimestamp();
            if (_heard is { } heard && _time.GetElapsedTime(heard, now) is var silence && silence > _longest)
            {
                _longest = silence;
            }

            _heard = now;
        }
    }

    /// <summary>The optimisation has ended, or waits for storage, which has time-outs of its own: it is not to be heard.</summary>
    public void Pause()
    {
        lock (_lock)
        {
            _heard = null;
        }
    }

    /// <summary>The Host is leaving.</summary>
    public void Leave()
    {
        _leaving.TrySetResult();
        Stop(StopReason.Leaving);
    }

    public void Stop(StopReason reason)
    {
        if (Interlocked.CompareExchange(ref _reason, (int)reason, (int)StopReason.None) != (int)StopReason.None)
        {
            return;
        }

        try
        {
            _stop.Cancel();
        }
        catch (ObjectDisposedException)
        {
            return; // It ended on its own.
        }
    }

    public void Dispose()
    {
        Place?.Dispose();
        _stop.Dispose();
    }
}
