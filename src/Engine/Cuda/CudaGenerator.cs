using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Cuda;

/// <summary>A generator of random numbers where the data is: TorchSharp's constructor makes one of the CPU whatever device it is given.</summary>
internal static unsafe partial class CudaGenerator
{
    /// <summary>Of the CPU where libtorch has no such name: then objectives that draw on the device fail, and the others work.</summary>
    /// <param name="seed">Its seed.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda:0</c>.</param>
    public static Generator Create(ulong seed, string device)
    {
        if (device == "cpu")
        {
            return new Generator(seed, CPU);
        }

        // An at::Generator is one pointer. What disposes of it is C++'s delete, which frees what malloc gave.
        var place = NativeMemory.AllocZeroed((nuint)sizeof(nint));
        try
        {
            Create(place, Devices.IndexOf(device));
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            NativeMemory.Free(place);
            return new Generator(seed, CPU);
        }

        return Around((nint)place).manual_seed((long)seed);
    }

    // at::cuda::detail::createCUDAGenerator(DeviceIndex), as GCC and Clang name it: an object returned through memory whose address is the first argument.
    [LibraryImport("libtorch_cuda", EntryPoint = "_ZN2at4cuda6detail19createCUDAGeneratorEa")]
    private static partial void Create(void* result, sbyte device);

    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern Generator Around(nint handle);
}
