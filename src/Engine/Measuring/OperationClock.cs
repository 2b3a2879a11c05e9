using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using DipPipeline.Contracts;

namespace DipPipeline.Engine.Measuring;

/// <summary>
/// Times every operation that libtorch is asked for while it lives, by libtorch's own record functions, which TorchSharp does not expose:
/// the outermost ones only, so that no time counts twice. On a GPU it waits for each operation, which takes their overlap away. One at a
/// time in a process; x64 Linux, whose calling convention the callbacks follow.
/// </summary>
internal sealed unsafe partial class OperationClock : IDisposable
{
    private static readonly Lock s_lock = new();
    private static OperationClock? s_current;

    // Autograd runs the backward pass of a GPU on a thread of its own.
    [ThreadStatic]
    private static int s_depth;

    [ThreadStatic]
    private static long s_started;

    private readonly Dictionary<(IterationPhase Phase, string Name), (long Ticks, long Calls)> _times = [];
    private readonly string _device;
    private readonly ulong _handle;
    private IterationPhase _phase;

    /// <exception cref="RefusedException">Another platform, or a libtorch without these functions.</exception>
    public OperationClock(string device)
    {
        _device = device;
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            throw new RefusedException("Operations are timed on x64 Linux only; leave --profile out.");
        }

        if (Interlocked.CompareExchange(ref s_current, this, null) is not null)
        {
            throw new InvalidOperationException("Operations are being timed already.");
        }

        var callback = new Callback { Start = (nint)(delegate* unmanaged<nint, nint, nint>)&Start, End = (nint)(delegate* unmanaged<nint, nint, void>)&End, Sampling = 1 };
        for (var scope = 0; scope < Callback.Scopes; scope++)
        {
            callback.InScope[scope] = 1;
        }

        try
        {
            _handle = AddGlobalCallback(callback);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            s_current = null;
            throw new RefusedException("This libtorch cannot be profiled; leave --profile out.", e);
        }
    }

    /// <summary>What comes next is the forward pass.</summary>
    public void BeginIteration() => _phase = IterationPhase.Forward;

    /// <summary>All so far, divided by the iterations; largest first.</summary>
    public IReadOnlyList<OperationTime> Operations(int iterations) =>
    [
        .. _times
            .Select(t => new OperationTime(
                t.Key.Phase, t.Key.Name, OperationNames.Kind(t.Key.Phase, t.Key.Name),
                (double)t.Value.Ticks / Stopwatch.Frequency / iterations, (double)t.Value.Calls / iterations))
            .OrderByDescending(t => t.Seconds),
    ];

    /// <summary>Does something that libtorch is not asked for, a kernel of our own, and times it where operations are timed.</summary>
    public static void Time(string name, Action work)
    {
        if (s_current is not { } clock)
        {
            work();
            return;
        }

        DeviceClock.Wait(clock._device);
        var started = Stopwatch.GetTimestamp();
        work();
        DeviceClock.Wait(clock._device);
        lock (s_lock)
        {
            clock.Add(name, Stopwatch.GetTimestamp() - started);
        }
    }

    public void Dispose()
    {
        RemoveCallback(_handle);
        s_current = null;
    }

    // std::unique_ptr<ObserverContext> (*)(const RecordFunction&): returned through memory whose address is the first argument.
    [UnmanagedCallersOnly]
    private static nint Start(nint result, nint function)
    {
        *(nint*)result = 0;
        if (s_depth++ == 0)
        {
            s_started = Stopwatch.GetTimestamp();
        }

        return result;
    }

    [UnmanagedCallersOnly]
    private static void End(nint function, nint context)
    {
        if (--s_depth > 0 || s_current is not { } clock)
        {
            // What was under way when the timing began counts for nothing.
            s_depth = Math.Max(0, s_depth);
            return;
        }

        DeviceClock.Wait(clock._device);
        var ticks = Stopwatch.GetTimestamp() - s_started;
        lock (s_lock)
        {
            clock.Add(OperationNames.Short(Marshal.PtrToStringUTF8(Name(function)) ?? ""), ticks);
        }
    }

    private void Add(string name, long ticks)
    {
        _phase = (_phase, OperationNames.IsGradient(name)) switch
        {
            (IterationPhase.Forward, true) => IterationPhase.Backward,
            (IterationPhase.Backward, _) when OperationNames.BeginsStep(name) => IterationPhase.Step,
            _ => _phase,
        };
        ref var time = ref CollectionsMarshal.GetValueRefOrAddDefault(_times, (_phase, name), out _);
        time = (time.Ticks + ticks, time.Calls + 1);
        if (_phase == IterationPhase.Step && OperationNames.EndsStep(name))
        {
            _phase = IterationPhase.Averages;
        }
    }

    // at::addGlobalCallback, at::removeCallback and at::RecordFunction::name, as GCC and Clang name them.
    [LibraryImport("libtorch_cpu", EntryPoint = "_ZN2at17addGlobalCallbackENS_22RecordFunctionCallbackE")]
    private static partial ulong AddGlobalCallback(Callback callback);

    [LibraryImport("libtorch_cpu", EntryPoint = "_ZN2at14removeCallbackEm")]
    private static partial void RemoveCallback(ulong handle);

    [LibraryImport("libtorch_cpu", EntryPoint = "_ZNK2at14RecordFunction4nameEv")]
    private static partial nint Name(nint function);

    // at::RecordFunctionCallback (ATen/record_function.h).
    [StructLayout(LayoutKind.Sequential)]
    private struct Callback
    {
        public const int Scopes = 10;

        public nint Start;
        public nint End;
        public double Sampling;
        public ScopeFlags InScope;
        public byte NeedsInputs;
        public byte NeedsOutputs;
        public byte NeedsIds;
    }

    [InlineArray(Callback.Scopes)]
    private struct ScopeFlags
    {
        private byte _first;
    }
}
