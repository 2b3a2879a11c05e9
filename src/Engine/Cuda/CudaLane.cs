using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using DipPipeline.Engine.Measuring;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Cuda;

/// <summary>
/// A stream of a GPU that a job has to itself while it computes, so that jobs that share the GPU overlap and what it does can be recorded. A lane
/// is used again by the next job, and by one of the same shape the memory of its recordings, too; that of another shape libtorch frees when it
/// needs it. Names as GCC and Clang make them; where libtorch has none of these, everything stays on the default stream.
/// </summary>
[System.Diagnostics.CodeAnalysis.SuppressMessage("Reliability", "CA1001", Justification = "Lanes live as long as the process.")]
internal sealed partial class CudaLane
{
    private static readonly ConcurrentDictionary<string, ConcurrentBag<CudaLane>> s_free = [];

    private readonly string _device;
    private readonly Stream _stream;
    private CudaGraph? _keeper;
    private string _shape = "";

    private CudaLane(string device, sbyte index) => (_device, _stream) = (device, FromPool(0, index));

    /// <summary>Where recordings of this lane keep their tensors; of the current lane.</summary>
    /// <param name="shape">What decides the sizes of all tensors that will be recorded.</param>
    public CudaGraph.MemoryPool PoolFor(string shape)
    {
        if (Holds(shape))
        {
            return _keeper!.Pool;
        }

        Forget();
        // libtorch forgets a pool that no recording uses: this one, of next to nothing, keeps it.
        using var something = zeros(1, device: torch.device(_device));
        var keeper = new CudaGraph();
        keeper.Begin();
        something.zero_();
        keeper.End();
        (_keeper, _shape) = (keeper, shape);
        return keeper.Pool;
    }

    /// <summary>Leaves the memory of its recordings, of which there are none any more, to whoever wants it.</summary>
    public void Forget()
    {
        _keeper?.Dispose();
        (_keeper, _shape) = (null, "");
    }

    /// <summary>Whether it has memory for recordings of this shape already.</summary>
    public bool Holds(string shape) => _keeper is not null && _shape == shape;

    /// <summary>A lane of the device that nobody uses; <see langword="null"/> for a CPU, and where this libtorch has none.</summary>
    /// <param name="device"><c>cpu</c> or <c>cuda:0</c>.</param>
    public static CudaLane? Rent(string device)
    {
        if (device == "cpu")
        {
            return null;
        }

        if (s_free.GetOrAdd(device, _ => []).TryTake(out var free))
        {
            return free;
        }

        try
        {
            var index = Devices.IndexOf(device);
            UseDevice(index);
            return new CudaLane(device, index);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Makes a device the calling thread's current one.</summary>
    /// <exception cref="EntryPointNotFoundException">Another libtorch.</exception>
    public static void UseDevice(sbyte index) => SetDevice(index, 0);

    /// <summary>For the next job; everything it was given must be done.</summary>
    public void Return() => s_free[_device].Add(this);

    /// <summary>The stream that the calling thread's work for a device goes to, as CUDA's own interfaces take it.</summary>
    /// <exception cref="EntryPointNotFoundException">Another libtorch.</exception>
    public static nint CurrentHandle(int device)
    {
        var stream = Current((sbyte)device);
        return HandleOf(in stream);
    }

    /// <summary>Whether what the calling thread gives its device is being recorded, and nothing has spoilt that.</summary>
    public static bool IsRecording => CaptureStatus(CurrentHandle(CurrentDevice), out var status) == 0 && status == Capturing;

    /// <summary>Until disposed, the calling thread's work goes to this lane. All that was begun before is done then, and at the end all of this.</summary>
    public Visit Enter()
    {
        DeviceClock.Wait(_device);
        return new Visit(this);
    }

    // CU_STREAM_CAPTURE_STATUS_ACTIVE.
    private const int Capturing = 1;

    // As c10 takes it.
    private const int CurrentDevice = -1;

    [LibraryImport("libcuda.so.1", EntryPoint = "cuStreamIsCapturing")]
    private static partial int CaptureStatus(nint stream, out int status);

    // c10::cuda::getStreamFromPool(bool, DeviceIndex), getCurrentCUDAStream, setCurrentCUDAStream, set_device(DeviceIndex, bool), CUDAStream::stream.
    [LibraryImport("libc10_cuda", EntryPoint = "_ZN3c104cuda17getStreamFromPoolEba")]
    private static partial Stream FromPool(byte isHighPriority, sbyte device);

    [LibraryImport("libc10_cuda", EntryPoint = "_ZN3c104cuda20getCurrentCUDAStreamEa")]
    private static partial Stream Current(sbyte device);

    [LibraryImport("libc10_cuda", EntryPoint = "_ZN3c104cuda20setCurrentCUDAStreamENS0_10CUDAStreamE")]
    private static partial void Use(Stream stream);

    [LibraryImport("libc10_cuda", EntryPoint = "_ZN3c104cuda10set_deviceEab")]
    private static partial void SetDevice(sbyte device, byte force);

    [LibraryImport("libc10_cuda", EntryPoint = "_ZNK3c104cuda10CUDAStream6streamEv")]
    private static partial nint HandleOf(in Stream stream);

    /// <summary>c10::Stream: device and number.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Stream
    {
        public long Device;
        public long Id;
    }

    /// <summary>See <see cref="Enter"/>.</summary>
    internal sealed class Visit : IDisposable
    {
        private readonly CudaLane _lane;
        private readonly Stream _before;

        public Visit(CudaLane lane)
        {
            var index = (sbyte)(lane._stream.Device >> 8);
            UseDevice(index);
            (_lane, _before) = (lane, Current(index));
            Use(lane._stream);
        }

        public void Dispose()
        {
            DeviceClock.Wait(_lane._device);
            Use(_before);
        }
    }
}
