using System.Runtime.ExceptionServices;

namespace DipPipeline.Cli;

/// <summary>Runs synchronous work on a thread of its own and waits for it.</summary>
internal static class OwnThread
{
    public static void Run(string name, Action work)
    {
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
#pragma warning disable CA1031 // Carried over to the waiting thread, which decides.
            try
            {
                work();
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
#pragma warning restore CA1031
        }) { Name = name };
        thread.Start();
        thread.Join();
        failure?.Throw();
    }
}
