using DipPipeline.Storage;

namespace DipPipeline.Host;

/// <summary>A claim of this Host: shows signs of life until it is disposed of, and knows whether it still stands.</summary>
internal sealed class OwnedClaim : IAsyncDisposable
{
    // A write takes milliseconds; where storage is away, nobody waits for its retries.
    private static readonly TimeSpan s_lastBeat = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _end = new();
    private readonly CancellationTokenSource _givenUp;
    private readonly CancellationTokenSource _lost = new();
    private readonly JobState _state;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly Task _beating;
    private Func<bool> _isAlive = () => true;

    public OwnedClaim(JobState state, JobClaim record, TimeSpan beat, TimeProvider time, ILogger log)
    {
        (_state, Record, _time, _log) = (state, record, time, log);
        _givenUp = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _beating = BeatAsync(beat);
    }

    public JobClaim Record { get; private set; }

    /// <summary>Cancelled as soon as a sign of life finds that another owns the job.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>Shows signs of life as long as the work does: work that hangs is left to another.</summary>
    public void BeatWhile(Func<bool> isAlive) => Volatile.Write(ref _isAlive, isAlive);

    /// <exception cref="ClaimLostException">Another owns the job, or its state is gone.</exception>
    public async Task RequireAsync(string jobId, CancellationToken cancellation)
    {
        if (!await StandsAsync(cancellation).ConfigureAwait(false))
        {
            throw new ClaimLostException(jobId);
        }
    }

    /// <summary>The work begins: from here on an end without a word is this job's crash.</summary>
    public async Task BeginAsync(CancellationToken cancellation)
    {
        if (Record.IsWaiting)
        {
            Record = Record with { IsWaiting = false };
            await _state.WriteClaimAsync(Record, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the attempt in an orderly way: whoever comes next needs no patience, and counts no crash but for a fault.</summary>
    /// <param name="nextSlice">What goes on with the job: copies of older messages have nothing more to do.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="fault">As <see cref="JobClaim.Fault"/>.</param>
    /// <returns><see langword="false"/> where no claim stands.</returns>
    public async Task<bool> ReleaseAsync(int nextSlice, CancellationToken cancellation, string? fault = null)
    {
        await StopBeatingAsync().ConfigureAwait(false);
        return await _state.RewriteClaimAsync(Released(nextSlice, fault), cancellation).ConfigureAwait(false);
    }

    /// <summary>The claim as <see cref="ReleaseAsync"/> leaves it.</summary>
    public JobClaim Released(int nextSlice, string? fault = null) => Record with { IsReleased = true, Slice = nextSlice, Fault = fault };

    /// <summary>Forgets what was done for the job, not that it was cancelled. What is another's by now is left alone.</summary>
    public async Task RemoveWorkAsync(CancellationToken cancellation)
    {
        await StopBeatingAsync().ConfigureAwait(false);
        await _state.RemoveWorkAsync(Record.Owner, cancellation).ConfigureAwait(false);
    }

    /// <summary>Forgets all state of the job: it is committed, or will not be worked on again. What is another's by now is left alone.</summary>
    public async Task RemoveStateAsync(CancellationToken cancellation)
    {
        // First: a beat would make the folder anew.
        await StopBeatingAsync().ConfigureAwait(false);
        await _state.RemoveAsync(Record.Owner, cancellation).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopBeatingAsync().ConfigureAwait(false);
        _end.Dispose();
        _givenUp.Dispose();
        _lost.Dispose();
    }

    private Task<bool> StandsAsync(CancellationToken cancellation) => _state.IsOwnedByAsync(Record.Owner, cancellation);

    private async Task StopBeatingAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        // What has begun is waited for: given up, it goes on behind our back.
        _givenUp.CancelAfter(s_lastBeat);
        await _beating.ConfigureAwait(false);
    }

    private async Task BeatAsync(TimeSpan beat)
    {
        for (var count = 1L; ; count++)
        {
            try
            {
                await Task.Delay(beat, _time, _end.Token).ConfigureAwait(false);
                // Not after the claim's end: it would make the folder of a finished job anew.
                if (!await StandsAsync(_givenUp.Token).ConfigureAwait(false))
                {
                    await _lost.CancelAsync().ConfigureAwait(false);
                    return;
                }

                if (Volatile.Read(ref _isAlive)())
                {
                    await _state.BeatAsync(Record.Owner, count, _givenUp.Token).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (_end.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // A sign of life that fails must not be the last one.
            catch (Exception e)
#pragma warning restore CA1031
            {
                // The optimisation may go on: whether the job is still ours is asked before anything is written.
                _log.BeatFailed(Record.Owner, e.Message);
            }
        }
    }
}
