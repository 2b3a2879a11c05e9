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
    // c10::cuda's pool of them, of a device and a priority.
    private const int Streams = 32;

    // A pebibyte; of an exbibyte libtorch says so without letting go.
    private const long MoreThanAnyDeviceHas = 1L << 50;

    private static readonly ConcurrentDictionary<string, ConcurrentBag<CudaLane>> s_free = [];
    private static readonly ConcurrentDictionary<string, int> s_made = [];

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
        lock (CudaGraph.Exclusive)
        {
            _keeper?.Dispose();
            (_keeper, _shape) = (null, "");
        }
    }

    /// <summary>Has libtorch give the memory of its device that nobody uses back to it, that of idle lanes' recordings, too. Waits for the device.</summary>
    public void LetGo() => LetGo(_device);

    /// <inheritdoc cref="LetGo()"/>
    public static void LetGo(string device)
    {
        lock (CudaGraph.Exclusive)
        {
            foreach (var idle in s_free.TryGetValue(device, out var lanes) ? lanes : [])
            {
                idle.Forget();
            }

            try
            {
                // TorchSharp knows no other way: libtorch lets go before it says that there is no memory.
                using var never = empty([MoreThanAnyDeviceHas], int8, torch.device(device));
            }
            catch (ExternalException)
            {
                return;
            }
        }
    }

    /// <summary>Whether it has memory for recordings of this shape already.</summary>
    public bool Holds(string shape) => _keeper is not null && _shape == shape;

    /// <summary>A lane of the device that nobody uses; <see langword="null"/> for a CPU, where this libtorch has none, and where all are in use.</summary>
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

        // Of these libtorch has so many: the next would be the first again.
        if (s_made.AddOrUpdate(device, 1, (_, made) => made + 1) > Streams)
        {
            return null;
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

    /// <summary>What a job did to the device, this one or another: from then on nothing works on it.</summary>
    /// <exception cref="InvalidOperationException">It does not work any more.</exception>
    public static void ThrowIfBroken()
    {
        if (Query(CurrentHandle(CurrentDevice)) is var result && result is not (Success or NotReady or NoContext))
        {
            throw new InvalidOperationException(FormattableString.Invariant($"The GPU does not work any more (CUDA error {result})."));
        }
    }

    /// <summary>Until disposed, the calling thread's work goes to this lane. All that was begun before is done then, and at the end all of this.</summary>
    public Visit Enter()
    {
        DeviceClock.Wait(_device);
        return new Visit(this);
    }

    // CUDA_SUCCESS, CUDA_ERROR_NOT_READY (it has something to do), CUDA_ERROR_INVALID_CONTEXT (the thread has had nothing to do with it yet).
    private const int Success = 0;
    private const int NotReady = 600;
    private const int NoContext = 201;

    // CU_STREAM_CAPTURE_STATUS_ACTIVE.
    private const int Capturing = 1;

    // As c10 takes it.
    private const int CurrentDevice = -1;

    [LibraryImport("libcuda.so.1", EntryPoint = "cuStreamIsCapturing")]
    private static partial int CaptureStatus(nint stream, out int status);

    [LibraryImport("libcuda.so.1", EntryPoint = "cuStreamQuery")]
    private static partial int Query(nint stream);

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
            try
            {
                DeviceClock.Wait(_lane._device);
            }
            finally
            {
                Use(_before);
            }
        }
    }
}
