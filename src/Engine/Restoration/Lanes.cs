using System.Runtime.ExceptionServices;

namespace DipPipeline.Engine.Restoration;

/// <summary>Work on several threads at the same time.</summary>
internal static class Lanes
{
    /// <summary>Runs the work once for each lane, the first on the caller's thread, and returns when all have ended.</summary>
    /// <param name="count">How many.</param>
    /// <param name="work">By the lane, from 0; where one fails, the others are cancelled.</param>
    /// <param name="cancellation">Cancels all.</param>
    /// <exception cref="OperationCanceledException">Cancelled, where none failed otherwise.</exception>
    public static void Run(int count, Action<int, CancellationToken> work, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        // On threads of their own: libtorch and OpenMP keep what they know of a thread with it.
        var others = Enumerable.Range(1, count - 1).Select(lane => Task.Factory.StartNew(
            () => Run(lane), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var failures = new List<Exception?> { Run(0) };
        failures.AddRange(others.Select(o => o.GetAwaiter().GetResult()));
        if ((failures.Find(f => f is not null and not OperationCanceledException) ?? failures.Find(f => f is not null)) is { } failure)
        {
            ExceptionDispatchInfo.Throw(failure);
        }

        Exception? Run(int lane)
        {
#pragma warning disable CA1031 // Thrown again once all have ended.
            try
            {
                work(lane, stop.Token);
                return null;
            }
            catch (Exception e)
            {
                stop.Cancel();
                return e;
            }
#pragma warning restore CA1031
        }
    }
}
