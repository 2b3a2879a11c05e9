using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using DipPipeline.Engine.Cuda;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>Where and how a job computes: what a result's bytes depend on besides the job itself.</summary>
/// <param name="Device"><c>cpu</c> or <c>cuda:0</c>.</param>
/// <param name="Precision">Never <see cref="Optimisation.Precision.Auto"/>.</param>
/// <param name="Threads">CPU threads.</param>
public sealed record ExecutionPlan(string Device, Precision Precision, int Threads)
{
    /// <summary>Whether a GPU may use the engine's own kernels.</summary>
    internal bool OwnKernels { get; init; } = true;

    internal Device TorchDevice => device(Device);

    /// <summary>Of the device's own kernels; <see langword="null"/> where there are none, or they are not wanted.</summary>
    internal KernelCompiler? Compiler => OwnKernels ? KernelCompiler.Of(TorchDevice) : null;

    internal ScalarType ScalarType => Precision == Precision.BFloat16 ? bfloat16 : float32;

    /// <summary>The precision's name in metrics: <c>float32</c> or <c>bfloat16</c>.</summary>
    public string PrecisionName => Precision == Precision.BFloat16 ? "bfloat16" : "float32";

    /// <param name="device">As <see cref="Devices.Resolve"/> gives it.</param>
    /// <param name="settings">The job's settings.</param>
    /// <param name="size">The size the network works at.</param>
    /// <param name="threads">CPU threads where the settings leave them open; <see langword="null"/> takes one per core.</param>
    internal static ExecutionPlan For(string device, SolverSettings settings, WorkingSize size, int? threads = null)
    {
        var precision = settings.Precision != Precision.Auto ? settings.Precision
            : Devices.PrefersBFloat16(device, sizeof(float) * (long)size.Height * size.Width * settings.Network.Width) ? Precision.BFloat16 : Precision.Float32;
        return new ExecutionPlan(device, precision, ThreadsOf(settings, threads)) { OwnKernels = settings.OwnKernels };
    }

    /// <summary>CPU threads of a job, as <see cref="For"/> takes them.</summary>
    internal static int ThreadsOf(SolverSettings settings, int? threads) => settings.Threads ?? threads ?? Environment.ProcessorCount;

    /// <summary>The share of one of several runs at the same time.</summary>
    internal ExecutionPlan Shared(int among) => this with { Threads = Math.Max(1, Threads / among) };
}

/// <summary>The devices there are.</summary>
internal static class Devices
{
    // Bytes of the widest feature map in float32 from which half the memory traffic outweighs slower convolutions.
    private const long LargeTensor = 32 << 20;

    // Compute capability.
    private const int Ampere = 8;

    /// <exception cref="Contracts.RefusedException">Not a device's name, or the device is absent.</exception>
    public static string Resolve(string requested)
    {
        if (requested == "cpu")
        {
            return "cpu";
        }

        if (requested == "auto")
        {
            return cuda.is_available() ? "cuda:0" : "cpu";
        }

        if (requested != "cuda" && !(requested.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(requested[5..], out var parsed) && parsed >= 0))
        {
            throw new Contracts.RefusedException($"Device '{requested}' is unknown; accepted: auto, cpu, cuda:0.");
        }

        var index = requested == "cuda" ? 0 : int.Parse(requested[5..], System.Globalization.CultureInfo.InvariantCulture);
        var count = cuda.is_available() ? cuda.device_count() : 0;
        return index < count
            ? $"cuda:{index}"
            : throw new Contracts.RefusedException(count == 0
                ? $"Device '{requested}' was asked for, but no CUDA device is available to this build; use --device cpu, or a build with CUDA (-p:Cuda=true; for ./dip: export DIP_CUDA=true) on a machine with an NVIDIA driver."
                : $"Device '{requested}' was asked for, but there are {count}; accepted: cuda:0 to cuda:{count - 1}.");
    }

    /// <summary>The number of a CUDA device: 1 of <c>cuda:1</c>.</summary>
    public static sbyte IndexOf(string device) =>
        sbyte.Parse(device.AsSpan(device.IndexOf(':', StringComparison.Ordinal) + 1), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>
    /// Whether bfloat16 is faster: on CUDA from Ampere on (taken for one where the driver does not say), on CPUs with AMX, and on AMD's with AVX512-BF16, always
    /// (Zen 4 and later multiply it at twice float32's rate). On Intel's with AVX512-BF16 alone its convolutions are slower than
    /// float32's, and half the memory traffic wins on large pictures only (measured: bench/README.md).
    /// </summary>
    /// <param name="device">A device.</param>
    /// <param name="largestTensor">Bytes of the widest feature map in float32.</param>
    public static bool PrefersBFloat16(string device, long largestTensor)
    {
        if (device != "cpu")
        {
            return CudaDevice.CapabilityOf(IndexOf(device)) is not { Major: < Ampere };
        }

        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !X86Base.IsSupported)
        {
            return false;
        }

        // CPUID leaf 7: sub-leaf 0 EDX bit 22 is AMX-BF16, sub-leaf 1 EAX bit 5 is AVX512-BF16 (Intel SDM, volume 2A).
        var amx = (X86Base.CpuId(7, 0).Edx & (1 << 22)) != 0;
        var avx512 = (X86Base.CpuId(7, 1).Eax & (1 << 5)) != 0;
        var amd = X86Base.CpuId(0, 0).Ebx == 0x68747541; // "Auth" of AuthenticAMD
        return amx || (avx512 && (amd || largestTensor >= LargeTensor));
    }
}
