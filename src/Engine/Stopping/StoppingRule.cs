using DipPipeline.Engine.Objectives;
using DipPipeline.Engine.Optimisation;
using TorchSharp;

namespace DipPipeline.Engine.Stopping;

/// <summary>
/// Decides when a run, or one network of an ensemble, ends and which picture it leaves. Sees every output; decides at the solver's checks, when values are read
/// from the device anyway. All its memory is in the <see cref="SolverState"/>, so that going back, and resuming, restore it too.
/// </summary>
internal abstract class StoppingRule
{
    /// <param name="settings">Which rule.</param>
    /// <param name="noiseSigma">The noise of the observation in 0..1, for the discrepancy principle.</param>
    /// <param name="heldOut">What the objective holds out, for the rule that goes by it.</param>
    public static StoppingRule Create(StoppingSettings settings, double? noiseSigma, IHeldOut? heldOut = null) => settings.Kind switch
    {
        StoppingKind.Discrepancy => new Discrepancy(settings, noiseSigma
            ?? throw new ArgumentException("The discrepancy principle needs the noise of the observation.", nameof(noiseSigma))),
        StoppingKind.MovingVariance => new ExponentialVariance(settings),
        StoppingKind.WindowedVariance => new WindowedVariance(settings),
        StoppingKind.HeldOut => new HeldOutRisk(settings, heldOut ?? throw new ArgumentException("The objective holds nothing out.", nameof(heldOut))),
        _ => new FixedCount(),
    };

    /// <summary>Adds the tensors the rule remembers by.</summary>
    /// <param name="state">The state of a new run.</param>
    /// <param name="shape">Shape of the output.</param>
    /// <param name="device">Where it lives.</param>
    public virtual void Prepare(SolverState state, long[] shape, torch.Device device)
    {
    }

    /// <summary>Takes in one output, [1,C,H,W], detached.</summary>
    /// <param name="state">The run's state.</param>
    /// <param name="x">The output.</param>
    /// <param name="average">The averaged output before this one goes into it.</param>
    /// <param name="decay">The share of the past when it does.</param>
    public virtual void Observe(SolverState state, torch.Tensor x, torch.Tensor average, double decay)
    {
    }

    /// <summary>What ended the network, by its own iterations, or <see langword="null"/> to go on.</summary>
    /// <param name="state">The run's state.</param>
    /// <param name="energy">Mean energy since the last check.</param>
    /// <param name="average">The averaged output now; copied where it is to be kept.</param>
    public abstract string? Check(SolverState state, double energy, torch.Tensor average);

    /// <summary>What to say where the network reached its last iteration before the rule ended it.</summary>
    public abstract string AtTheLimit(SolverState state);

    /// <summary>The picture the rule has frozen and its iteration, or <see langword="null"/> where the newest average is the result.</summary>
    public virtual (torch.Tensor Picture, int Iteration)? Frozen(SolverState state) => null;
}

/// <summary>Never stops early.</summary>
internal sealed class FixedCount : StoppingRule
{
    public override string? Check(SolverState state, double energy, torch.Tensor average) => null;

    public override string AtTheLimit(SolverState state) => FormattableString.Invariant($"fixed count at iteration {state.Counters.Iteration}");
}

/// <summary>
/// Morozov's discrepancy principle: a fit closer than the noise fits the noise. Stops where E ≤ (factor·σ)², E being the mean
/// squared residual.
/// </summary>
internal sealed class Discrepancy(StoppingSettings settings, double sigma) : StoppingRule
{
    private readonly double _level = Math.Pow(settings.DiscrepancyFactor * sigma, 2);

    public override string? Check(SolverState state, double energy, torch.Tensor average) => energy <= _level
        ? FormattableString.Invariant($"discrepancy principle at iteration {state.Counters.Own}: residual {255 * Math.Sqrt(energy):0.00} reached the noise level {255 * Math.Sqrt(_level):0.00}")
        : null;

    public override string AtTheLimit(SolverState state) => FormattableString.Invariant(
        $"last iteration, {state.Counters.Own}: residual {255 * Math.Sqrt(state.Counters.LastEnergy):0.00} had not reached the noise level {255 * Math.Sqrt(_level):0.00}");
}
