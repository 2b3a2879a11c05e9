using System.Collections.Concurrent;

namespace DipPipeline.Deployment.Tests.Containers;

/// <summary>
/// A thread that lives as long as the process. A program that is to die with its parent (PR_SET_PDEATHSIG) dies when the thread that
/// started it ends, and those of the pool come and go.
/// </summary>
internal static class LastingThread
{
    private static readonly BlockingCollection<Action> s_work = [];

    static LastingThread() => new Thread(() =>
    {
        foreach (var work in s_work.GetConsumingEnumerable())
        {
            work();
        }
    })
    { IsBackground = true, Name = "starts programs" }.Start();

    /// <summary>Runs something there; returns when it is done.</summary>
    public static void Do(Action work)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        s_work.Add(() =>
        {
            try
            {
                work();
                done.SetResult();
            }
            // The caller's to deal with.
            catch (Exception e)
            {
                done.SetException(e);
            }
        });
        done.Task.GetAwaiter().GetResult();
    }
}
