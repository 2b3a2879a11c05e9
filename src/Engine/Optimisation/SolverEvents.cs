using DipPipeline.Contracts.Results;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Optimisation;

/// <summary>What the solver tells while it runs; called on its thread.</summary>
internal sealed record SolverEvents
{
    public Action<SolverProgress>? Progress { get; init; }

    /// <summary>The state is to be written down now; the solver waits.</summary>
    public Action<Solver>? Checkpoint { get; init; }

    /// <summary>Time between checkpoints; <see langword="null"/> goes by the settings' iterations.</summary>
    public TimeSpan? CheckpointInterval { get; init; }

    public Action<string>? Notice { get; init; }

    /// <summary>PSNR of a picture against the reference; for the curve only, it never changes the run.</summary>
    public Func<Tensor, double>? Psnr { get; init; }
}

/// <param name="Point">The newest point of the curve.</param>
/// <param name="Done">Iterations of this run, without those before a resume.</param>
/// <param name="Left">Iterations left at most: none of networks that a rule has ended.</param>
/// <param name="Elapsed">Time of this run.</param>
internal sealed record SolverProgress(CurvePoint Point, int Done, int Left, TimeSpan Elapsed);

/// <param name="Picture">The result, [1,C,H,W], owned by the receiver.</param>
/// <param name="Counters">Final counters.</param>
/// <param name="StoppedBy">Which rule stopped the run, and where.</param>
/// <param name="ChosenIteration">The iteration the picture is of.</param>
/// <param name="Curve">Energy and PSNR at each check.</param>
internal sealed record SolverResult(
    Tensor Picture, SolverCounters Counters, string StoppedBy, int ChosenIteration, IReadOnlyList<CurvePoint> Curve);
