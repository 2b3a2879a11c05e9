using System.Runtime.InteropServices;
using TorchSharp;

namespace DipPipeline.Engine.Optimisation;

/// <summary>libtorch's process-wide choices of kernels and threads, made once, before the first tensor is computed with.</summary>
internal static partial class Backends
{
    // Some microseconds. OpenMP's own default, milliseconds, halves the speed wherever another process wants a core: a thread that has
    // done its part waits for one that is not running, and keeps that core from it. Measured in bench/README.md.
    private const string SpinCount = "2000";

    // Whether all of them could be made.
    private static readonly Lazy<bool> s_settled = new(Settle);

    /// <summary>
    /// Threads that wait for each other sleep soon (the environment's GOMP_SPINCOUNT wins, where it is set).
    /// NNPACK off: libtorch tries it for small float32 convolutions, and on processors it does not know writes a warning to standard
    /// error at every try. TF32 off: float32 means float32 on CUDA too; who wants speed has bfloat16.
    /// </summary>
    public static void Prepare() => _ = s_settled.Value;

    /// <summary>
    /// Has the calling thread compute with so many threads. libtorch keeps the number by calling thread, but the first time that one computes
    /// it takes over the number that any thread set last: asking first has that behind it, so that a job's number stays its own. MKL, which
    /// multiplies matrices, is given it for the thread alone.
    /// </summary>
    public static void UseThreads(int count)
    {
        Prepare();
        _ = torch.get_num_threads();
        torch.set_num_threads(count);
    }

    private static bool Settle()
    {
        if (OperatingSystem.IsLinux())
        {
            // Read by libgomp when it is loaded, from the C library's environment, which the runtime's own does not reach.
            _ = setenv("GOMP_SPINCOUNT", SpinCount, 0);
        }

        torch.InitializeDeviceType(DeviceType.CPU);
        torch.backends.cuda.matmul.allow_tf32 = false;
        torch.backends.cudnn.allow_tf32 = false;
        try
        {
            SetUserEnabledNnpack(GlobalContext(), 0);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Other compilers name the functions otherwise; there the warnings stay.
            return false;
        }

        return true;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    // at::globalContext() and at::Context::setUserEnabledNNPACK(bool): TorchSharp does not expose them. Names as GCC and Clang make them.
    [LibraryImport("libtorch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("libtorch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb")]
    private static partial void SetUserEnabledNnpack(nint context, byte enabled);
}
