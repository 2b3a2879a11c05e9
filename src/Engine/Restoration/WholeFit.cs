using DipPipeline.Energy;
using DipPipeline.Engine.Optimisation;
using DipPipeline.Engine.Tiling;
using TorchSharp;

namespace DipPipeline.Engine.Restoration;

/// <summary>
/// Fits a picture as a whole, from wherever an earlier run left off: by one run, or the networks of an ensemble by some at the same time, each of
/// these lanes with its own thread, its share of the networks, and its own checkpoint.
/// </summary>
internal sealed class WholeFit : IDisposable
{
    private readonly Job _job;
    private readonly JobState _state;
    private readonly ExecutionPlan _plan;
    private readonly ExecutionPlan _ofLane;
    private readonly IReadOnlyList<MemberShare> _shares;
    private readonly List<Problem> _problems = [];
    private readonly IReadOnlyList<Fit> _fits;
    // Of all that lanes share, and of whoever is told something: one at a time.
    private readonly Lock _lock = new();
    private readonly Action<RestorationProgress>? _report;
    private readonly int[] _done;
    private readonly int[] _at;
    private readonly int[] _saved;
    private readonly int[] _left;
    private int _ended;
    private long _started;

    /// <param name="job">The job, with the settings that apply.</param>
    /// <param name="state">Where checkpoints are kept.</param>
    /// <param name="observation">What was observed; not owned.</param>
    /// <param name="problem">Its problem; not owned.</param>
    /// <param name="guide">What the network is shown of the task's classical method; not owned.</param>
    /// <param name="plan">Where and how to compute.</param>
    /// <param name="identity">What the run is of, but for the networks at the same time.</param>
    /// <param name="sigma">The noise, in 0..1.</param>
    /// <param name="networksAtOnce">How many are wanted; not asked where a hole is bridged first, by one network.</param>
    public WholeFit(
        Job job, JobState state, Observation observation, Problem problem, torch.Tensor? guide, ExecutionPlan plan, CheckpointIdentity identity, double? sigma,
        Func<int> networksAtOnce)
    {
        (_job, _state, _plan, _report) = (job, state, plan, job.Paced());
        var whole = new Fit(job, observation, problem, guide, plan, sigma);
        var lanes = whole.Bridges ? 1 : networksAtOnce();
        Identity = identity with { NetworksAtOnce = lanes };
        _ofLane = plan.Shared(lanes);
        _shares = MemberShare.Of(job.Settings, lanes);
        // Sums round by the number of threads, in a plugin's, too.
        Backends.UseThreads(_ofLane.Threads);
        _fits = lanes == 1 ? [whole] : [.. _shares.Select(share =>
        {
            var own = job.Formulate(observation);
            _problems.Add(own);
            return new Fit(job, observation, own, guide, _ofLane, sigma, share: share);
        })];
        (_done, _at, _saved, _left) = (new int[lanes], new int[lanes], new int[lanes], [.. _fits.Select(f => f.Iterations)]);
    }

    /// <summary>What the run is of.</summary>
    public CheckpointIdentity Identity { get; }

    /// <summary>The problem that delivers the result.</summary>
    public Problem Problem => _fits[0].Problem;

    /// <summary>What a person should know of a hole.</summary>
    public string? Warning => _fits[0].Warning;

    /// <summary>Runs to the end, or until cancelled.</summary>
    /// <param name="reference">The clean picture, for the curve.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="OperationCanceledException">Cancelled; a checkpoint of each lane was written first.</exception>
    /// <exception cref="DivergedException">The optimisation broke down for good.</exception>
    public SolverResult Run(torch.Tensor? reference, CancellationToken cancellation)
    {
        Begin();
        _started = _job.Time.GetTimestamp();
        var results = new SolverResult?[_fits.Count];
        try
        {
            Lanes.Run(
                _fits.Count,
                (lane, stop) =>
                {
                    results[lane] = Optimise(lane, reference, stop);
                    End(lane);
                },
                cancellation);
            return results is [{ } alone] ? alone with { Picture = alone.Picture.alias() } : Joined([.. results.OfType<SolverResult>()]);
        }
        finally
        {
            foreach (var result in results)
            {
                result?.Picture.Dispose();
            }

            // The first lane was the caller's thread.
            Backends.UseThreads(_plan.Threads);
        }
    }

    public void Dispose()
    {
        foreach (var fit in _fits)
        {
            fit.Dispose();
        }

        foreach (var problem in _problems)
        {
            problem.Dispose();
        }
    }

    private void Begin()
    {
        if (_job.Request.Resume && !Enumerable.Range(0, _fits.Count).Any(lane => File.Exists(_state.Checkpoint(lane))))
        {
            _job.Tell(JobState.Nothing);
        }
        else if (_job.Request.Resume)
        {
            for (var lane = 0; lane < _fits.Count; lane++)
            {
                Tell(lane, _state.Resume(Identity, _fits[lane], lane));
                _at[lane] = _saved[lane] = _fits[lane].Iteration;
                _left[lane] -= _at[lane];
            }
        }

        if (_fits.Count > 1 && _at.Sum() == 0)
        {
            _state.Forget();
        }
    }

    private SolverResult Optimise(int lane, torch.Tensor? reference, CancellationToken cancellation)
    {
        Backends.UseThreads(_ofLane.Threads);
        var fit = _fits[lane];
        return fit.Run(
            new SolverEvents
            {
                Checkpoint = _ => Save(lane),
                CheckpointInterval = _job.Request.CheckpointInterval,
                Notice = text => Tell(lane, text),
                Psnr = reference is null ? null : x => Job.PsnrOf(fit.Problem, x, reference),
                Progress = p => Report(lane, p),
            },
            cancellation);
    }

    private void End(int lane)
    {
        lock (_lock)
        {
            _left[lane] = 0;
            // The others may take long.
            if (++_ended < _fits.Count)
            {
                Save(lane);
            }
        }
    }

    private void Save(int lane)
    {
        lock (_lock)
        {
            var now = _fits[lane].Iteration;
            // Where that fails, no other lane's checkpoint may count it.
            _state.Save(Identity, _fits[lane], new SavedState(_state.Checkpoint(lane), _saved.Sum() - _saved[lane] + now));
            _saved[lane] = now;
        }
    }

    private void Report(int lane, SolverProgress p)
    {
        lock (_lock)
        {
            (_at[lane], _done[lane], _left[lane]) = (_fits[lane].Iteration, p.Done, p.Left);
            var elapsed = _fits.Count == 1 ? p.Elapsed : _job.Time.GetElapsedTime(_started);
            var speed = RestorationProgress.SpeedOf(_done.Sum(), elapsed);
            // The speed is that of all lanes: at the end one alone has its share.
            var remaining = TimeSpan.FromSeconds(Math.Max(_left.Sum(), _left.Length * _left.Max()) / speed);
            _report?.Invoke(new RestorationProgress(_at.Sum(), _fits.Sum(f => f.Iterations), speed, remaining, p.Point.Energy, p.Point.Psnr) { Elapsed = elapsed });
        }
    }

    private void Tell(int lane, string text)
    {
        lock (_lock)
        {
            var (first, last) = (_shares[lane].First + 1, _shares[lane].Last + 1);
            _job.Tell(_fits.Count == 1 ? text
                : first == last ? FormattableString.Invariant($"Network {first}: {text}")
                : FormattableString.Invariant($"Networks {first} to {last}: {text}"));
        }
    }

    // As one run of all networks would have it: there a network begins where the one before ended, here where it would have at the latest.
    private SolverResult Joined(SolverResult[] results)
    {
        var last = results[^1];
        var counters = last.Counters with
        {
            Iteration = _fits.Sum(f => f.Iteration),
            FirstEnergy = results[0].Counters.FirstEnergy,
            Divergences = results.Sum(r => r.Counters.Divergences),
            EndedEarly = results.Sum(r => r.Counters.EndedEarly),
            TailCount = results.Sum(r => r.Counters.TailCount),
            Seconds = results.Max(r => r.Counters.Seconds),
        };
        using var scope = torch.NewDisposeScope();
        var weights = results.Select((r, lane) => counters.TailCount > 0 ? r.Counters.TailCount : _shares[lane].Count).ToArray();
        var sum = torch.zeros_like(last.Picture);
        foreach (var (result, weight) in results.Zip(weights))
        {
            sum.add_(result.Picture, alpha: weight);
        }

        return new SolverResult(
            (sum / weights.Sum()).MoveToOuterDisposeScope(), counters, _job.Settings.Ended(last.StoppedBy, counters.EndedEarly), counters.Iteration,
            [.. results.SelectMany((r, lane) => r.Curve.Select(p => p with { Iteration = p.Iteration - Early(lane) }))]);

        int Early(int lane) => _job.Settings.IterationsBefore(_shares[lane].First) - _fits.Take(lane).Sum(f => f.Iteration);
    }
}
