using Microsoft.Extensions.Logging;

namespace DipPipeline.Watcher;

/// <summary>A loop of the Watcher that outlives the catalogue, the broker or the storage being away.</summary>
internal static class Work
{
    /// <summary>How long a piece of work may take: far longer than the storage is waited for, which is longest.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(15);

    /// <param name="name">What it does, for the log.</param>
    /// <param name="wake">What makes it go on before its time.</param>
    /// <param name="interval">Its time.</param>
    /// <param name="work">Once; called again after an error, later each time.</param>
    /// <param name="pulse">Of this loop.</param>
    public static async Task RepeatAsync(
        string name, WakeUp wake, TimeSpan interval, Func<CancellationToken, Task> work, Pulse pulse, TimeProvider time, ILogger log, CancellationToken cancellation)
    {
        using var end = cancellation.Register(pulse.Rest);
        var failures = 0;
        while (true)
        {
            try
            {
                pulse.Beat();
                await work(cancellation).ConfigureAwait(false);
                failures = 0;
                pulse.Rest();
                await wake.WaitAsync(interval, time, cancellation).ConfigureAwait(false);
            }
            // Whatever it is: a Watcher that goes on trying loses nothing, and the reason stands in the log.
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                pulse.Rest();
                Log.WorkFailed(log, e, name);
                await Task.Delay(Delay(failures++), time, cancellation).ConfigureAwait(false);
            }
        }
    }

    /// <summary>1, 2, 4, … seconds, 15 at most.</summary>
    public static TimeSpan Delay(int failures) => failures >= 4 ? s_longest : TimeSpan.FromSeconds(1 << failures);
}
