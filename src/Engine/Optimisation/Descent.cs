using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>Steps of the optimiser that the settings name; its moments are the solver's state.</summary>
internal sealed class Descent : IDisposable
{
    private const string FirstMoment = "moment.first";
    private const string SecondMoment = "moment.second";
    private const string MuonMomentum = "moment.muon";

    private readonly ParameterBuffer _parameters;
    private readonly SolverState _state;
    private readonly Muon? _muon;
    private readonly KernelCompiler? _compiler;
    private readonly Action<string>? _notRecorded;
    private Recording? _recorded;
    private bool _mayRecord = true;

    /// <param name="settings">Which optimiser.</param>
    /// <param name="layout">The network's.</param>
    /// <param name="parameters">Not owned.</param>
    /// <param name="state">Gets the moments; not owned.</param>
    /// <param name="compiler">Of the device's own kernels.</param>
    /// <param name="notRecorded">Told why nothing is recorded although that was tried.</param>
    public Descent(SolverSettings settings, ParameterLayout layout, ParameterBuffer parameters, SolverState state, KernelCompiler? compiler = null, Action<string>? notRecorded = null)
    {
        (_parameters, _state, _compiler, _notRecorded) = (parameters, state, compiler, notRecorded);
        _muon = settings is { Optimiser: Optimiser.Muon, Network.Trained: TrainedParameters.All } ? Muon.Create(layout, parameters) : null;
        state.Add(FirstMoment, zeros_like(parameters.Flat));
        state.Add(SecondMoment, zeros_like(parameters.Flat));
        if (_muon is not null)
        {
            state.Add(MuonMomentum, zeros_like(parameters.Flat));
        }
    }

    /// <summary>Whether the last step was replayed.</summary>
    public bool IsReplayed { get; private set; }

    /// <param name="gradient">Of the flat parameters.</param>
    /// <param name="step">1 for the first step.</param>
    /// <param name="rate">The rate of this step.</param>
    /// <param name="pool">
    /// Of the pass that was replayed and left its gradient in this very tensor; <see langword="null"/> where none was. Muon makes some forty calls,
    /// which keep the CPU busier than the GPU: all but the last are recorded there.
    /// </param>
    public void Step(Tensor gradient, int step, double rate, CudaGraph.MemoryPool? pool)
    {
        IsReplayed = _muon is { } recorded && pool is { } memory && Recorded(recorded, gradient, memory);
        if (_muon is null)
        {
            Adam.Step(_parameters.Flat, gradient, _state[FirstMoment], _state[SecondMoment], step, rate, _compiler);
            return;
        }

        if (IsReplayed)
        {
            _recorded!.Replay();
            _muon.Move(_parameters.Flat, _recorded.Direction, rate);
            Adam.Step(_parameters.Flat, _recorded.Rest, _state[FirstMoment], _state[SecondMoment], step, rate, _compiler);
            return;
        }

        using var direction = _muon.Direction(gradient, _state[MuonMomentum]);
        using var rest = gradient * _muon.Others;
        _muon.Move(_parameters.Flat, direction, rate);
        Adam.Step(_parameters.Flat, rest, _state[FirstMoment], _state[SecondMoment], step, rate, _compiler);
    }

    public void Dispose()
    {
        _recorded?.Dispose();
        _muon?.Dispose();
    }

    // Whether there is a recording.
    private bool Recorded(Muon muon, Tensor gradient, CudaGraph.MemoryPool memory)
    {
        if (_recorded is null && _mayRecord)
        {
            try
            {
                _recorded = new Recording(muon, gradient, _state[MuonMomentum], memory);
            }
            catch (RecordingException e)
            {
                _mayRecord = false;
                _notRecorded?.Invoke(e.Message);
            }
        }

        return _recorded is not null;
    }

    /// <summary>What of Muon's step does not change with the rate, and what of the gradient is Adam's.</summary>
    private sealed class Recording : IDisposable
    {
        private readonly CudaGraph _graph = new();

        public Recording(Muon muon, Tensor gradient, Tensor momentum, CudaGraph.MemoryPool pool)
        {
            try
            {
                lock (CudaGraph.Exclusive)
                {
                    (Direction, Rest) = _graph.Record(pool, () => (muon.Direction(gradient, momentum), (gradient * muon.Others).DetachFromDisposeScope()));
                }
            }
            catch
            {
                _graph.Dispose();
                throw;
            }
        }

        public Tensor Direction { get; }

        public Tensor Rest { get; }

        public void Replay() => _graph.Replay();

        public void Dispose()
        {
            _graph.Dispose();
            Direction.Dispose();
            Rest.Dispose();
        }
    }
}
