using System.Runtime.InteropServices;

namespace DipPipeline.Engine.Cuda;

/// <summary>
/// Work of a GPU that was recorded once and is given again in one call: a network of small operations keeps the CPU busy for longer than the
/// GPU. libtorch's own (<c>at::cuda::CUDAGraph</c>), which TorchSharp does not expose; names as GCC and Clang make them. What spoils a
/// recording ends the process, for libtorch throws where no managed code can catch. Use from one thread.
/// </summary>
internal sealed unsafe partial class CudaGraph : IDisposable
{
    // Some 150 bytes in libtorch 2.10 and 2.11.
    private const nuint Room = 1024;
    private const nuint Alignment = 64;

    // Jobs beside it may allocate and wait for their own streams. What waits for the whole device spoils a recording all the same.
    private const int ThreadLocal = 1;

    /// <summary>Held while something is recorded, and by all that must not be done meanwhile: waiting for the whole device, making and freeing graphs.</summary>
    public static readonly Lock Exclusive = new();

    private readonly void* _graph;
    private bool _isDisposed;

    /// <exception cref="DllNotFoundException">A libtorch without CUDA.</exception>
    /// <exception cref="EntryPointNotFoundException">Another libtorch.</exception>
    public CudaGraph()
    {
        _graph = NativeMemory.AlignedAlloc(Room, Alignment);
        NativeMemory.Clear(_graph, Room);
        try
        {
            lock (Exclusive)
            {
                Construct(_graph, 0);
            }
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            NativeMemory.AlignedFree(_graph);
            _isDisposed = true;
            throw;
        }
    }

    /// <summary>Where its tensors live; for recordings that are always replayed in the same order.</summary>
    public MemoryPool Pool => PoolOf(_graph);

    /// <summary>From now on what the current stream, which must not be the default one, is given is recorded instead of done.</summary>
    /// <exception cref="InvalidOperationException">The device does not work any more.</exception>
    public void Begin(MemoryPool pool = default)
    {
        CudaLane.ThrowIfBroken();
        BeginCapture(_graph, pool, ThreadLocal);
    }

    public void End() => EndCapture(_graph);

    /// <summary>Records what some work gives the current stream; <see cref="Exclusive"/> is held by the caller.</summary>
    /// <param name="pool">Of recordings that are always replayed in the same order.</param>
    /// <param name="work">Gives what it made, which each replay makes anew in the same place.</param>
    /// <exception cref="RecordingException">The work failed; it can be done unrecorded.</exception>
    public T Record<T>(MemoryPool pool, Func<T> work)
    {
        Begin(pool);
        T result;
        try
        {
            result = work();
        }
        catch (Exception e)
        {
            if (!CudaLane.IsRecording)
            {
                // libtorch's memory of this stream cannot be had back: what would come after fails for no reason that anybody could see.
                Environment.FailFast($"An iteration could not be recorded on the GPU; --set cuda-graphs=off does without. {e.Message}", e);
            }

            // As if it were whole, which it will never be asked to be: so libtorch goes on as before.
            End();
            throw new RecordingException(e);
        }

        End();
        return result;
    }

    /// <summary>Gives the current stream all that was recorded.</summary>
    /// <exception cref="InvalidOperationException">The device does not work any more.</exception>
    public void Replay()
    {
        // libtorch would throw through here, which ends the process.
        CudaLane.ThrowIfBroken();
        Replay(_graph);
    }

    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            lock (Exclusive)
            {
                Destroy(_graph);
            }

            NativeMemory.AlignedFree(_graph);
        }
    }

    [LibraryImport("libtorch_cuda", EntryPoint = "_ZN2at4cuda9CUDAGraphC1Eb")]
    private static partial void Construct(void* graph, byte keepGraph);

    [LibraryImport("libtorch_cuda", EntryPoint = "_ZN2at4cuda9CUDAGraphD1Ev")]
    private static partial void Destroy(void* graph);

    [LibraryImport("libtorch_cuda", EntryPoint = "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode")]
    private static partial void BeginCapture(void* graph, MemoryPool pool, int mode);

    [LibraryImport("libtorch_cuda", EntryPoint = "_ZN2at4cuda9CUDAGraph11capture_endEv")]
    private static partial void EndCapture(void* graph);

    [LibraryImport("libtorch_cuda", EntryPoint = "_ZN2at4cuda9CUDAGraph6replayEv")]
    private static partial void Replay(void* graph);

    [LibraryImport("libtorch_cuda", EntryPoint = "_ZN2at4cuda9CUDAGraph4poolEv")]
    private static partial MemoryPool PoolOf(void* graph);

    /// <summary>c10::MempoolId_t; zeros make a new one.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MemoryPool
    {
        private ulong _first;
        private ulong _second;
    }
}

/// <summary>Something that was to be recorded could not be done.</summary>
/// <param name="cause">What it threw.</param>
internal sealed class RecordingException(Exception cause) : Exception(cause.Message, cause);
