using DipPipeline.Contracts.Messages;

namespace DipPipeline.Host;

/// <summary>A job at work: how to stop it, and when something was last heard of it.</summary>
internal sealed class RunningJob : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _leaving = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _time;
    private int _reason;
    private long _heard;

    public RunningJob(RestoreImage message, TimeProvider time)
    {
        (Message, _time) = (message, time);
        _heard = time.GetTimestamp();
    }

    public RestoreImage Message { get; }

    /// <summary>Cancelled by the first <see cref="Stop"/>.</summary>
    public CancellationToken Stopped => _stop.Token;

    public StopReason Reason => (StopReason)Volatile.Read(ref _reason);

    /// <summary>Since something was last heard of the optimisation.</summary>
    public TimeSpan Silence => _time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Ends when the Host begins to leave, whatever had stopped the job before.</summary>
    public Task Leaving => _leaving.Task;

    /// <summary>The claim was ours: what comes of the job is ours to say.</summary>
    public bool IsOurs { get; set; }

    /// <summary>The optimisation gave a sign of life.</summary>
    public void Heard() => Volatile.Write(ref _heard, _time.GetTimestamp());

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

    public void Dispose() => _stop.Dispose();
}
