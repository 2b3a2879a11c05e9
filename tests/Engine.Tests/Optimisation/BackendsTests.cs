using System.Runtime.InteropServices;
using DipPipeline.Engine.Optimisation;
using TorchSharp;

namespace DipPipeline.Engine.Tests.Optimisation;

public partial class BackendsTests
{
    [Fact]
    public void UseThreads_AnotherThreadTakesOtherNumbers_KeepsItsOwn()
    {
        var seen = (0, 0);
        OnItsOwnThread(() =>
        {
            Backends.UseThreads(1);
            OnItsOwnThread(() => Backends.UseThreads(2));
            using (var product = torch.ones(64, 64).matmul(torch.ones(64, 64)))
            {
                // The first computation of a thread is where libtorch settles its number.
            }

            seen = (torch.get_num_threads(), MklThreads());
        });
        Assert.Equal((1, 1), seen);
    }

    private static void OnItsOwnThread(Action action)
    {
        var thread = new Thread(() => action());
        thread.Start();
        thread.Join();
    }

    [LibraryImport("libtorch_cpu", EntryPoint = "MKL_Get_Max_Threads")]
    private static partial int MklThreads();
}
