using DipPipeline.Contracts.Results;
using DipPipeline.Energy;
using DipPipeline.Engine.Metrics;
using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Restoration;

/// <summary>
/// The fitting of a picture, or a tile. Where holes are wider than the job's network sees, and that is asked for, another one bridges them
/// (<see cref="SolverSettings.Bridging"/>); where there are narrower ones, too, the job's own is fitted after that, to which what was bridged is known.
/// </summary>
internal sealed class Fit : IDisposable
{
    private readonly Job _job;
    private readonly Observation _observation;
    private readonly Problem _problem;
    private readonly Tensor? _guide;
    private readonly ExecutionPlan _plan;
    private readonly double? _sigma;
    private readonly MemberShare? _share;
    private readonly SolverSettings _first;
    private readonly IReadOnlyList<bool>? _bridged;
    private Observation? _filled;
    private Problem? _rest;
    private Solver? _solver;

    /// <param name="job">The job, with the settings that apply.</param>
    /// <param name="observation">Of the picture, or the tile; not owned.</param>
    /// <param name="problem">Its problem; not owned.</param>
    /// <param name="guide">What the network is shown of the task's classical method; not owned.</param>
    /// <param name="plan">Where and how to compute.</param>
    /// <param name="sigma">The noise, in 0..1.</param>
    /// <param name="left">Where a tile lies in its picture.</param>
    /// <param name="top">Likewise.</param>
    /// <param name="share">Which networks of an ensemble, of a picture where nothing is bridged; <see langword="null"/> for all.</param>
    public Fit(
        Job job, Observation observation, Problem problem, Tensor? guide, ExecutionPlan plan, double? sigma, int left = 0, int top = 0, MemberShare? share = null)
    {
        (_job, _observation, _problem, _guide, _plan, _sigma, _first, _share) = (job, observation, problem, guide, plan, sigma, job.Settings, share);
        if (WideHole(left, top) is not { } hole)
        {
            return;
        }

        // A network that works on blocks of pixels has far less to keep than one that works on each, which memory was not asked for.
        if (job.Settings is not { Objective: { Kind: ObjectiveKind.BlindSpot, WideHoles: WideHoles.Bridge }, Network.Shuffle: 1 })
        {
            Warning = hole.Warning();
            return;
        }

        _first = job.Settings.Bridging(hole.Width, problem.Height, problem.Width);
        // What is bridged is made known by the mask.
        _bridged = hole.LeavesOthers && observation.Companion(Sources.MaskName) is { } mask && mask.shape[2] == problem.Height && mask.shape[3] == problem.Width ? hole.Pixels : null;
        Warning = hole.Warning(_first.Network, _first.Iterations, thenOthers: _bridged is not null);
    }

    /// <summary>The problem under way: at the end the one that delivers the result.</summary>
    public Problem Problem => _rest ?? _problem;

    /// <summary>What a person should know of a hole.</summary>
    public string? Warning { get; }

    /// <summary>The run under way.</summary>
    public Solver Solver => _solver ??= Begin(_first, _observation);

    /// <summary>Whether a wide hole is bridged, by one network, whatever the job's own are.</summary>
    public bool Bridges => _first != _job.Settings;

    /// <summary>What was bridged before it; <see langword="null"/> where nothing was.</summary>
    public Bridge? Bridge { get; private set; }

    /// <summary>Iterations done.</summary>
    public int Iteration => Before + Solver.State.Counters.Iteration - (_share is { } share ? _job.Settings.IterationsBefore(share.First) : 0);

    /// <summary>Iterations at most, of both runs where there are two.</summary>
    public int Iterations => _share?.Iterations(_job.Settings) ?? (Bridge?.Counters.Iteration ?? _first.Iterations) + (_bridged is null ? 0 : _job.Settings.Iterations);

    private int Before => Bridge?.Counters.Iteration ?? 0;

    /// <summary>Goes on from a checkpoint.</summary>
    /// <returns><see langword="null"/>, or one sentence that says why it cannot be used.</returns>
    public string? TryLoad(string path, CheckpointIdentity identity)
    {
        if (_bridged is not null && Checkpoint.TryLoadBridge(path, identity, _observation.Picture) is { } bridge)
        {
            GoOnFrom(bridge);
        }

        var failure = Checkpoint.TryLoad(path, identity, Solver, isAfterBridge: Bridge is not null);
        if (failure is not null)
        {
            StartOver();
        }

        return failure;
    }

    /// <inheritdoc cref="Solver.Run"/>
    public SolverResult Run(SolverEvents events, CancellationToken cancellation)
    {
        var (done, elapsed) = (0, TimeSpan.Zero);
        var then = _bridged is not null && Bridge is null ? _job.Settings.Iterations : 0;
        if (_bridged is not null && Bridge is null)
        {
            var result = Solver.Run(
                events with
                {
                    Progress = p =>
                    {
                        (done, elapsed) = (p.Done, p.Elapsed);
                        events.Progress?.Invoke(p with { Left = p.Left + then });
                    },
                },
                cancellation);
            using var optimised = result.Picture;
            using var delivered = Problem.Deliver(optimised);
            GoOnFrom(new Bridge(delivered.contiguous(), result.Counters));
            events.Checkpoint?.Invoke(Solver);
        }

        var before = Bridge?.Counters ?? new SolverCounters();
        var last = Solver.Run(events with { Progress = p => events.Progress?.Invoke(new SolverProgress(After(p.Point), done + p.Done, p.Left, elapsed + p.Elapsed)) }, cancellation);
        return last with
        {
            Counters = last.Counters with
            {
                Iteration = before.Iteration + last.Counters.Iteration,
                Seconds = before.Seconds + last.Counters.Seconds,
                Divergences = before.Divergences + last.Counters.Divergences,
            },
            StoppedBy = Bridge is null ? last.StoppedBy : FormattableString.Invariant($"{last.StoppedBy}, after {before.Iteration} of the bridge"),
            ChosenIteration = before.Iteration + last.ChosenIteration,
            Curve = [.. last.Curve.Select(After)],
        };

        CurvePoint After(CurvePoint point) => point with { Iteration = Before + point.Iteration };
    }

    public void Dispose() => StartOver();

    private WideHole? WideHole(int left, int top)
    {
        using var scope = NewDisposeScope();
        return Problem.Known is { } known
            ? KnownLimits.WideHole(known.cpu().contiguous().data<float>().ToArray(), Problem.Width, Problem.Height, _job.Settings.Network, left, top)
            : null;
    }

    private Solver Begin(SolverSettings settings, Observation observation) =>
        new(Problem, new Seen(observation.Picture, _guide), settings, _plan, _job.Request.Seed, _sigma, _job.Time, _share);

    private void GoOnFrom(Bridge bridge)
    {
        StartOver();
        Bridge = bridge;
        _filled = Filled(bridge.Picture);
        _rest = _job.Formulate(_filled);
        _solver = Begin(_job.Settings, _filled);
    }

    private void StartOver()
    {
        _solver?.Dispose();
        _rest?.Dispose();
        _filled?.Dispose();
        Bridge?.Picture.Dispose();
        (_solver, _rest, _filled, Bridge) = (null, null, null, null);
    }

    private Observation Filled(Tensor picture)
    {
        using var scope = NewDisposeScope();
        var mask = _observation.Companion(Sources.MaskName)!;
        var wide = tensor([.. _bridged!], [1, 1, mask.shape[2], mask.shape[3]], device: mask.device);
        return new Observation
        {
            Picture = where(wide, picture, _observation.Picture).MoveToOuterDisposeScope(),
            Companions = _observation.Companions.ToDictionary(
                c => c.Key,
                c => (c.Key == Sources.MaskName ? where(wide, ones_like(mask), mask) : c.Value.alias()).MoveToOuterDisposeScope()),
        };
    }
}
