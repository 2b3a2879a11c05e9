using System.Runtime.InteropServices;
using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Restoration;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Networks;

/// <summary>
/// A network's forward and backward pass, iteration after iteration; on a GPU recorded after the first few (<see cref="RecordedPass"/>), where
/// that is wanted, and the GPU has the memory then; on a CPU, where that is as fast, with as little kept as can be (<see cref="LeanPass"/>).
/// </summary>
/// <param name="network">The network.</param>
/// <param name="parameters">Its parameters.</param>
/// <param name="lane">The current one, on a GPU.</param>
/// <param name="bytes">Memory that recordings take beside what rehearsals hold; <see langword="null"/> records nothing.</param>
/// <param name="compiler">Of the device's own kernels.</param>
/// <param name="notRecorded">Told why nothing is recorded although that was tried.</param>
internal sealed class NetworkPass(Network network, ParameterBuffer parameters, CudaLane? lane, long? bytes, KernelCompiler? compiler = null, Action<string>? notRecorded = null) : IDisposable
{
    // Libraries load their kernels and take their workspaces the first times.
    private const int Rehearsals = 3;

    private readonly bool _isLean = LeanPass.Suits(network.Settings, parameters.Flat.device, parameters.Precision);

    private Pass? _begun;
    private LeanPass? _lean;
    private RecordedPass? _recorded;
    private bool _mayReplay = true;
    private int _passes;

    /// <summary>The last forward pass, where it keeps little.</summary>
    public LeanPass? Lean => _lean;

    /// <summary>Whether passes are replayed by now; <see langword="false"/> has every operation given anew.</summary>
    public bool IsReplayed
    {
        get => _recorded is not null && _mayReplay;
        set => _mayReplay = value;
    }

    /// <summary>While passes are replayed: see <see cref="RecordedPass.Pool"/>.</summary>
    public CudaGraph.MemoryPool? Pool => IsReplayed ? _recorded!.Pool : null;

    /// <summary>The picture, [1,C,H,W]; valid until the next pass.</summary>
    /// <param name="z">As for <see cref="Network.Forward"/>; of one shape.</param>
    public Tensor Forward(Tensor z)
    {
        _passes++;
        if (lane is not null && bytes is null && _passes == 1)
        {
            // What the job before recorded there.
            lane.Forget();
        }
        else if (lane is not null && bytes is { } needed && _mayReplay && _recorded is null && _passes > Rehearsals)
        {
            Record(z, lane, needed);
        }

        return IsReplayed ? _recorded!.Forward(z) : Rehearsed(() => network.Forward(z, Begin()));
    }

    /// <summary>The gradient of <paramref name="minimised"/>, made of the last picture, with respect to all parameters; valid until the next pass.</summary>
    public Tensor Backward(Tensor minimised)
    {
        if (IsReplayed)
        {
            return _recorded!.Backward(minimised);
        }

        using (no_grad())
        {
            parameters.Flat.grad?.zero_();
        }

        return Rehearsed(() =>
        {
            _begun!.OwnBackward.Run(() => minimised.backward());
            _lean?.Backward();
            return parameters.Flat.grad!;
        });
    }

    private Pass Begin() => _begun = _isLean ? _lean = LeanPass.Begin(parameters.Views()) : Pass.Begin(parameters, compiler);

    // What a library does the first time may wait for the whole device. A profile waits for it after each operation, on autograd's thread.
    private Tensor Rehearsed(Func<Tensor> pass)
    {
        if (parameters.Flat.device.type != DeviceType.CUDA || !_mayReplay || _passes > Rehearsals)
        {
            return pass();
        }

        lock (CudaGraph.Exclusive)
        {
            return pass();
        }
    }

    private void Record(Tensor z, CudaLane on, long needed)
    {
        // One job at a time, so that no other takes the memory that this one has just seen.
        lock (CudaGraph.Exclusive)
        {
            _mayReplay = on.Holds(RecordedPass.ShapeOf(parameters, z)) || HasRoom(on, needed);
            try
            {
                _recorded = _mayReplay ? new RecordedPass(network, parameters, z, on, compiler) : null;
            }
            catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
            {
                // A libtorch that has it under other names.
                _mayReplay = false;
            }
            catch (Exception e) when (e is RecordingException or ExternalException or InvalidOperationException)
            {
                // The others are libtorch's, and our kernels', between the recordings: the GPU's memory ends, above all, of which recordings are to keep nothing.
                _mayReplay = false;
                on.Forget();
                notRecorded?.Invoke(e.Message);
            }
        }
    }

    private bool HasRoom(CudaLane on, long needed)
    {
        on.Forget();
        if (DeviceMemory.FreeBytes() >= needed)
        {
            return true;
        }

        // libtorch keeps what nobody uses any more until its own memory ends, which it may never do.
        on.LetGo();
        if (DeviceMemory.FreeBytes() is not { } left || left >= needed)
        {
            return true;
        }

        notRecorded?.Invoke(FormattableString.Invariant($"that takes {needed / 1e9:0.0} GB of the GPU's memory, and {left / 1e9:0.0} GB are free"));
        return false;
    }

    public void Dispose() => _recorded?.Dispose();
}
