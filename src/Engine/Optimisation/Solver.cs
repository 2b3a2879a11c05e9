using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Cuda;
using DipPipeline.Engine.Imaging;
using DipPipeline.Engine.Inputs;
using DipPipeline.Engine.Networks;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Restoration;
using DipPipeline.Engine.Stopping;
using DipPipeline.Engine.Tiling;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>
/// Minimises E(f_θ(z)) + λ·R(f_θ(z)) over θ for one picture. Synchronous, on one thread, without I/O: progress, checkpoints and notices
/// leave through <see cref="SolverEvents"/>. Every random draw comes from the job's own generators.
/// </summary>
internal sealed class Solver : IDisposable
{
    /// <summary>Iterations of a network between reads of the energy from the device, and so between decisions.</summary>
    public const int CheckEvery = 10;

    // A snapshot is taken with this many checks between; frequent enough that going back costs little.
    private const int SnapshotEvery = 5 * CheckEvery;

    // The original implementation goes back on a fall of 5 dB.
    private static readonly double s_fall = Math.Pow(10, 0.5);

    private readonly Problem _problem;
    private readonly SolverSettings _settings;
    private readonly ExecutionPlan _plan;
    private readonly TimeProvider _time;
    private readonly WorkingSize _size;
    private readonly Network _network;
    private readonly ParameterBuffer _parameters;
    private readonly Descent _descent;
    private readonly CudaLane? _lane;
    private readonly NetworkPass _pass;
    private readonly NetworkInput _input;
    private readonly Objective _objective;
    private readonly Generator _generator;
    private readonly long _seed;
    private readonly MemberShare _share;
    private readonly StoppingRule _stopping;
    private readonly SolverState _state = new();
    private SolverState _lastGood;
    private int _divergencesInRow;
    private string? _notRecorded;

    /// <param name="problem">The energy; not owned.</param>
    /// <param name="seen">What the network may be shown; not owned.</param>
    /// <param name="settings">The job's settings.</param>
    /// <param name="plan">Where and how to compute.</param>
    /// <param name="seed">The job's seed.</param>
    /// <param name="noiseSigma">The noise of the observation in 0..1, for the discrepancy principle.</param>
    /// <param name="time">For speed and progress only.</param>
    /// <param name="share">Which networks of the ensemble it fits; <see langword="null"/> for all. Iterations are counted as those of the whole ensemble.</param>
    public Solver(
        Problem problem, Seen seen, SolverSettings settings, ExecutionPlan plan, long seed, double? noiseSigma, TimeProvider time, MemberShare? share = null)
    {
        Backends.Prepare();
        (_problem, _settings, _plan, _seed, _time, _share) = (problem, settings, plan, seed, time, share ?? MemberShare.Whole(settings));
        _state.Counters = SolverCounters.AtTheStartOf(_share.First, settings.IterationsBefore(_share.First));
        var target = plan.TorchDevice;
        // One generator draws network and input on the CPU, the same for every device; the other perturbs, where the data is. The
        // golden ratio's bits between them: no two seeds near each other share a stream. Input and perturbation's bank are those of all networks.
        using var start = new Generator((ulong)seed, CPU);
        _generator = CudaGenerator.Create(PerturbationSeed(_share.First), plan.Device);
        _size = WorkingSize.For(settings.Network, problem.Height, problem.Width);
        _objective = Objective.Create(settings.Objective, problem, seen, noiseSigma, settings.Stopping.Kind == StoppingKind.HeldOut
            ? HeldOutPixels.Draw(problem.Height, problem.Width, settings.Stopping.HeldOut, seed, target) : null);
        _input = NetworkInput.Create(settings.Input, _size, problem.Estimate ?? seen.Observation, plan.ScalarType, target, start, seed, settings.Network.InputDivisor, _objective.GuideChannels);
        _network = Network.Create(settings.Network, _input.Channels, problem.Channels);
        _parameters = new ParameterBuffer(_network.Layout, plan.ScalarType, target, settings.Network.Trained);
        if (_share.First == 0)
        {
            _parameters.Initialise(start);
        }
        else
        {
            Draw(_share.First);
        }

        _stopping = StoppingRule.Create(settings.Stopping, noiseSigma, _objective as IHeldOut);
        Prepare(target);
        _descent = new Descent(settings, _network.Layout, _parameters, _state, plan.Compiler, NotRecorded);
        _lastGood = _state.Snapshot();
        // Last: whoever sees a constructor fail has nothing to return.
        _lane = CudaLane.Rent(plan.Device);
        _pass = new NetworkPass(_network, _parameters, _lane, RecordingBytes(), plan.Compiler, NotRecorded);

        void NotRecorded(string why) => _notRecorded = why;
    }

    /// <summary>The current state; for tests and checkpoints.</summary>
    public SolverState State => _state;

    public SolverState LastGood => _lastGood;

    /// <summary>The perturbation's generator state, [n] bytes.</summary>
    public Tensor GeneratorState
    {
        get => _generator.get_state();
        set => _generator.set_state(value);
    }

    /// <summary>On a GPU, whether a pass that was recorded is replayed; <see langword="false"/> gives every operation anew, so that each can be timed.</summary>
    public bool IsReplayed
    {
        get => _pass.IsReplayed;
        set => _pass.IsReplayed = value;
    }

    /// <summary>On a GPU, whether what of Muon's step does not change is replayed.</summary>
    public bool IsStepReplayed => _descent.IsReplayed;

    /// <summary>Which of the perturbations comes next: the same whenever the networks before ended.</summary>
    public int Perturbation => _settings.IterationsBefore(_state.Counters.Member) + _state.Counters.Own;

    /// <summary>Divergences without a good snapshot between.</summary>
    public int DivergencesInRow
    {
        get => _divergencesInRow;
        set => _divergencesInRow = value;
    }

    /// <summary>Runs to the end, or until cancelled.</summary>
    /// <exception cref="OperationCanceledException">Cancelled; <see cref="SolverEvents.Checkpoint"/> was called first.</exception>
    /// <exception cref="DivergedException">Three divergences in a row.</exception>
    public SolverResult Run(SolverEvents events, CancellationToken cancellation)
    {
        // Per calling thread, so it belongs here and not in the constructor.
        Backends.UseThreads(_plan.Threads);
        using var lane = _lane?.Enter();
        var (started, before, first) = (_time.GetTimestamp(), _state.Counters.Seconds, _state.Counters.Iteration);
        var saved = started;
        var stoppedBy = _state.Counters.StoppedBy;
        while (stoppedBy is null && !(IsAtItsLimit && IsLast))
        {
            if (cancellation.IsCancellationRequested)
            {
                SaveCheckpoint();
                cancellation.ThrowIfCancellationRequested();
            }

            Iterate();
            var iteration = _state.Counters.Iteration;
            if (_state.Counters.Own % CheckEvery == 0 || IsAtItsLimit)
            {
                stoppedBy = Check(events, iteration - first, Elapsed());
                iteration = _state.Counters.Iteration;
                if (stoppedBy is not null)
                {
                    _state.Counters = _state.Counters with { EndedEarly = _state.Counters.EndedEarly + (IsAtItsLimit ? 0 : 1) };
                    if (!IsLast)
                    {
                        BeginNextMember();
                        stoppedBy = null;
                    }
                }
            }

            var isDue = events.CheckpointInterval is { } interval
                ? _time.GetElapsedTime(saved) >= interval
                : iteration % _settings.CheckpointEvery == 0;
            if (isDue && stoppedBy is null)
            {
                SaveCheckpoint();
            }
        }

        stoppedBy ??= _stopping.AtTheLimit(_state);
        _state.Counters = _state.Counters with { Seconds = before + Elapsed().TotalSeconds, StoppedBy = stoppedBy };
        return Result(stoppedBy);

        TimeSpan Elapsed() => _time.GetElapsedTime(started);

        void SaveCheckpoint()
        {
            _state.Counters = _state.Counters with { Seconds = before + Elapsed().TotalSeconds };
            events.Checkpoint?.Invoke(this);
            saved = _time.GetTimestamp();
        }
    }

    /// <summary>So many bare iterations, without checks; for measuring their time.</summary>
    public void Iterate(int count)
    {
        Backends.UseThreads(_plan.Threads);
        using var lane = _lane?.Enter();
        for (var i = 0; i < count; i++)
        {
            Iterate();
        }
    }

    public void Dispose()
    {
        _state.Dispose();
        _lastGood.Dispose();
        _pass.Dispose();
        _descent.Dispose();
        _lane?.Return();
        _parameters.Dispose();
        _input.Dispose();
        _objective.Dispose();
        _generator.Dispose();
    }

    private bool IsLast => _state.Counters.Member == _share.Last;

    private bool IsAtItsLimit => _state.Counters.Own >= _settings.IterationsOf(_state.Counters.Member);

    private void Prepare(Device device)
    {
        long[] shape = [1, _problem.Channels, _problem.Height, _problem.Width];
        _state.Add("parameters", _parameters.Flat.detach());
        _state.Add("average", zeros(shape, float32, device));
        _state.Add("energy.sum", zeros([1], float32, device));
        if (_share.Count > 1)
        {
            _state.Add("ensemble.sum", zeros(shape, float32, device));
        }

        if (_settings.TailMean > 0)
        {
            _state.Add("tail.sum", zeros(shape, float32, device));
        }

        _stopping.Prepare(_state, shape, device);
    }

    private void Iterate()
    {
        using var scope = NewDisposeScope();
        if (IsAtItsLimit && !IsLast)
        {
            BeginNextMember();
        }

        var iteration = Perturbation;
        if (_settings.ParameterNoise > 0 && iteration % 50 == 49)
        {
            PerturbParameters();
        }

        var x = Cropped(Forward(iteration));
        var (minimised, energy) = _objective.Evaluate(x);
        var gradient = _pass.Backward(Regularised(minimised, x));
        using (no_grad())
        {
            Clip(gradient);
            var counters = _state.Counters;
            _descent.Step(gradient, counters.Own + 1, _settings.RateAt(counters.Own, _settings.IterationsOf(counters.Member)) * counters.RateFactor, _pass.Pool);
            _state["energy.sum"].add_(energy.detach());
            Average(x.detach());
        }
    }

    // What the network makes beyond the picture is left out; where there is nothing of it, so are the four operations of that.
    private Tensor Cropped(Tensor whole)
    {
        if (whole.shape[2] == _problem.Height && whole.shape[3] == _problem.Width)
        {
            return whole;
        }

        using (whole)
        using (var rows = whole.narrow(2, _size.Top, _problem.Height))
        {
            return rows.narrow(3, _size.Left, _problem.Width);
        }
    }

    private Tensor Forward(int iteration)
    {
        using var z = _input.Next(iteration, _objective.Show(iteration, _generator));
        if (!_settings.Input.Symmetries)
        {
            return _pass.Forward(z);
        }

        using var turned = Symmetry.Apply(z, iteration);
        using var ordered = MemoryFormat.Fastest(turned);
        using var output = _pass.Forward(ordered);
        return Symmetry.Undo(output, iteration);
    }

    // Recorded, a pass has memory of its own beside what its rehearsals took; other jobs may have as much. A picture so large that this does not
    // fit keeps the GPU busy without. Turned, a picture that is not square has two shapes.
    private long? RecordingBytes()
    {
        if (!_settings.CudaGraphs || _settings.Input.Symmetries || _plan.Device == "cpu")
        {
            return null;
        }

        var recorded = new JobMemory(_settings, _plan.Device, _problem.Channels).RecordedBytes(_problem.Width, _problem.Height);
        var memory = DeviceMemory.Bytes(_plan.Device);
        return memory == long.MaxValue || MemoryEstimate.Fixed + (DeviceSharing.JobsAtOnce(memory, Environment.ProcessorCount) * 2 * recorded) <= memory ? recorded : null;
    }

    private Tensor Regularised(Tensor energy, Tensor x)
    {
        if (_settings.TvWeight == 0)
        {
            return energy;
        }

        var variation = _settings.TvBeta is { } beta ? TotalVariation.Isotropic(x, beta) : TotalVariation.Anisotropic(x);
        return energy + (variation * (_settings.TvWeight / x.numel()));
    }

    private void Clip(Tensor gradient)
    {
        if (_settings.GradientClip > 0)
        {
            gradient.mul_((_settings.GradientClip / (gradient.norm() + 1e-12)).clamp_max(1));
        }
    }

    // The network that was fitted leaves its picture; another one is drawn, and starts as the first one did.
    private void BeginNextMember()
    {
        var member = _state.Counters.Member + 1;
        using (no_grad())
        {
            _state["ensemble.sum"].add_(MembersPicture.Picture);
            foreach (var (_, own) in _state.Tensors.Where(t => t.Key.StartsWith("moment.", StringComparison.Ordinal) || t.Key.StartsWith("stop.", StringComparison.Ordinal) || t.Key == "average"))
            {
                own.zero_();
            }
        }

        Draw(member);
        using var fresh = CudaGenerator.Create(PerturbationSeed(member), _plan.Device);
        using var perturbations = fresh.get_state();
        _generator.set_state(perturbations);
        _state.Counters = _state.Counters with
        {
            Member = member,
            MemberFirst = _state.Counters.Iteration,
            RateFactor = 1,
            LastEnergy = double.NaN,
            LeastMeasure = double.MaxValue,
            BestIteration = 0,
        };
        KeepSnapshot();
    }

    private void Draw(int member)
    {
        using var start = new Generator((ulong)_seed ^ SplitMix.Mixed((ulong)member), CPU);
        _parameters.Initialise(start);
    }

    private ulong PerturbationSeed(int member) => (ulong)_seed ^ 0x9E3779B97F4A7C15 ^ (member == 0 ? 0 : SplitMix.Mixed((ulong)member));

    // The one that the rule has frozen, or the newest average; not the caller's to dispose.
    private (Tensor Picture, int Iteration) MembersPicture => _stopping.Frozen(_state) ?? (_state["average"], _state.Counters.Iteration);

    private void KeepSnapshot()
    {
        _lastGood.Dispose();
        _lastGood = _state.Snapshot();
        _divergencesInRow = 0;
    }

    private void Average(Tensor x)
    {
        var (iteration, done) = (_state.Counters.Iteration, _state.Counters.Own);
        // The window grows with the run (9/10 of the past at most at first), or what the untrained network made would linger: 0.99 forgets
        // in a few hundred iterations.
        var (average, decay) = (_state["average"], done == 0 ? 0 : Math.Min(_settings.AverageDecay, (1.0 + done) / (10.0 + done)));
        _stopping.Observe(_state, x, average, decay);
        average.mul_(decay).add_(x, 1 - decay);
        var tail = _settings.TailMean > 0 && done >= (1 - _settings.TailMean) * _settings.IterationsOf(_state.Counters.Member);
        if (tail)
        {
            _state["tail.sum"].add_(x);
        }

        _state.Counters = _state.Counters with { Iteration = iteration + 1, TailCount = _state.Counters.TailCount + (tail ? 1 : 0) };
    }

    // The original perturbs every 50th iteration by a fiftieth of the weights' own spread; the share is an option here.
    private void PerturbParameters()
    {
        using var _ = no_grad();
        foreach (var spec in _network.Layout.Specs.Where(s => s.Kind == ParameterKind.Weight))
        {
            var weight = _parameters.Get(spec, _parameters.Flat);
            weight.add_(empty(spec.Shape, float32, weight.device).normal_(0, 1, _generator) * (weight.std(unbiased: false) * _settings.ParameterNoise));
        }
    }

    // Reads the energy; goes back on divergence, else lets the stopping rule decide.
    private string? Check(SolverEvents events, int done, TimeSpan elapsed)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var counters = _state.Counters;
        if (_notRecorded is { } why)
        {
            _notRecorded = null;
            events.Notice?.Invoke($"An iteration could not be recorded on the GPU, and is not replayed: {why.Split('\n')[0]}");
        }

        var since = counters.Iteration - (_state.Curve.Count > 0 ? _state.Curve[^1].Iteration : _settings.IterationsBefore(_share.First));
        var energy = _state["energy.sum"].item<float>() / since;
        _state["energy.sum"].zero_();
        if (!double.IsFinite(energy) || energy > s_fall * _lastGood.Counters.LastEnergy || !IsFinite())
        {
            GoBack(events, energy);
            return null;
        }

        var average = _state["average"];
        var point = new CurvePoint(counters.Iteration, energy, events.Psnr?.Invoke(average));
        _state.Curve.Add(point);
        _state.Counters = counters with
        {
            LastEnergy = energy,
            FirstEnergy = double.IsNaN(counters.FirstEnergy) ? energy : counters.FirstEnergy,
        };
        var stoppedBy = _stopping.Check(_state, energy, average);
        if (counters.Own % SnapshotEvery == 0)
        {
            KeepSnapshot();
        }

        var own = stoppedBy is null ? _settings.IterationsOf(counters.Member) - counters.Own : 0;
        var later = new MemberShare(counters.Member + 1, _share.Last - counters.Member).Iterations(_settings);
        events.Progress?.Invoke(new SolverProgress(point, done, own + later, elapsed));
        return stoppedBy;
    }

    // The last step comes after the last energy: what it broke must not become the snapshot.
    private bool IsFinite() => double.IsFinite(_state.Tensors.Where(t => t.Key.StartsWith("moment.", StringComparison.Ordinal)).Aggregate(_parameters.Flat.sum(), (sum, t) => sum + t.Value.sum()).item<float>());

    private void GoBack(SolverEvents events, double energy)
    {
        var (iteration, rate) = (_state.Counters.Iteration, _settings.LearningRate * _state.Counters.RateFactor);
        if (++_divergencesInRow == 3)
        {
            throw new DivergedException(iteration, rate);
        }

        var counters = _state.Counters;
        _state.CopyFrom(_lastGood);
        _state.Counters = _state.Counters with { RateFactor = counters.RateFactor / 2, Divergences = counters.Divergences + 1 };
        events.Notice?.Invoke(FormattableString.Invariant(
            $"The fit broke down at iteration {iteration} (energy {energy:g3} after {_lastGood.Counters.LastEnergy:g3}); went back to iteration {_state.Counters.Iteration} at half the learning rate."));
    }

    private SolverResult Result(string stoppedBy)
    {
        var counters = _state.Counters;
        using var scope = NewDisposeScope();
        var (last, iteration) = MembersPicture;
        var (picture, chosen) = counters.TailCount > 0 && _stopping.Frozen(_state) is null ? (_state["tail.sum"] / counters.TailCount, counters.Iteration)
            : _share.Count > 1 ? ((_state["ensemble.sum"] + last) / _share.Count, counters.Iteration)
            : (last.clone(), iteration);
        return new SolverResult(
            picture.DetachFromDisposeScope(), counters, _share.Count == _settings.Ensemble ? _settings.Ended(stoppedBy, counters.EndedEarly) : stoppedBy, chosen, [.. _state.Curve]);
    }
}
