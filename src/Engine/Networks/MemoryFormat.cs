using System.Runtime.Intrinsics.X86;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// The order of a picture tensor's values in memory. Channels-last (all channels of a pixel together) is what GPUs (taken as given) and
/// processors with AVX-512 compute fastest in. With AVX2 alone oneDNN's gradients of 3×3 filters take 1.7 to 3.6 times as long in it
/// (measured: bench/README.md), so planes stay whole there.
/// </summary>
internal static class MemoryFormat
{
    /// <summary>Whether tensors on this device are kept channels-last.</summary>
    public static bool IsChannelsLast(Device device) => device.type != DeviceType.CPU || Avx512F.IsSupported;

    /// <summary>The same tensor in the order that its device computes fastest in; itself where it is so already.</summary>
    /// <param name="x">[N,C,H,W].</param>
    public static Tensor Fastest(Tensor x) => IsChannelsLast(x.device) ? ChannelsLast(x) : x.contiguous();

    /// <summary>The same tensor with channels-last strides.</summary>
    /// <param name="x">[N,C,H,W].</param>
    public static Tensor ChannelsLast(Tensor x)
    {
        using var last = x.permute(0, 2, 3, 1);
        using var packed = last.contiguous();
        return packed.permute(0, 3, 1, 2);
    }
}
