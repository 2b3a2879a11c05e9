using System.Runtime.InteropServices;
using TorchSharp;

namespace DipPipeline.Engine.Optimisation;

/// <summary>libtorch's process-wide choices of kernels, made once, before the first tensor is computed with.</summary>
internal static partial class Backends
{
    private static readonly Lazy<bool> s_settled = new(Settle);

    /// <summary>
    /// NNPACK off: libtorch tries it for small float32 convolutions, and on processors it does not know writes a warning to standard
    /// error at every try. TF32 off: float32 means float32 on CUDA too; who wants speed has bfloat16.
    /// </summary>
    public static void Prepare() => _ = s_settled.Value;

    private static bool Settle()
    {
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

    // at::globalContext() and at::Context::setUserEnabledNNPACK(bool): TorchSharp does not expose them. Names as GCC and Clang make them.
    [LibraryImport("libtorch_cpu", EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport("libtorch_cpu", EntryPoint = "_ZN2at7Context20setUserEnabledNNPACKEb")]
    private static partial void SetUserEnabledNnpack(nint context, byte enabled);
}
