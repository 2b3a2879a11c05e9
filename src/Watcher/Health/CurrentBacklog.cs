using DipPipeline.Jobs;
using DipPipeline.Jobs.Queries;

namespace DipPipeline.Watcher;

/// <summary>The backlog, asked of the catalogue once a second at most, however many ask for it. Safe for several threads.</summary>
internal sealed class CurrentBacklog(Func<Task<Backlog>> read, TimeProvider time)
{
    /// <summary>How long an answer holds.</summary>
    public static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);

    /// <summary>How long is waited for the catalogue.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private (Task<Backlog> Answer, long Asked)? _last;

    /// <exception cref="TimeoutException">The catalogue does not answer.</exception>
    public Task<Backlog> GetAsync(CancellationToken cancellation) => Ask().WaitAsync(Patience, time, cancellation);

    // One that hangs is not asked again: the catalogue ends it.
    private Task<Backlog> Ask()
    {
        lock (_lock)
        {
            if (_last is not { } last || (last.Answer.IsCompleted && time.GetElapsedTime(last.Asked) >= Freshness))
            {
                // On a thread of its own: a catalogue in a file does its work before it returns.
                _last = last = (Task.Run(read), time.GetTimestamp());
            }

            return last.Answer;
        }
    }
}
