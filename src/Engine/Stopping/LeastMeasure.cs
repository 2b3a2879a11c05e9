using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Stopping;

/// <summary>
/// Freezes the averaged output where some measure of it is least; the network ends after <see cref="StoppingSettings.Patience"/> iterations
/// without a new least one.
/// </summary>
internal abstract class LeastMeasure(StoppingSettings settings) : StoppingRule
{
    private const string Best = "stop.best";

    protected StoppingSettings Settings { get; } = settings;

    public override void Prepare(SolverState state, long[] shape, Device device) => state.Add(Best, zeros(shape, float32, device));

    public override string? Check(SolverState state, double energy, Tensor average)
    {
        var counters = state.Counters;
        if (counters.Own < Settings.NotBefore || Measure(state, average) is not { } measure)
        {
            return null;
        }

        if (measure < counters.LeastMeasure)
        {
            state[Best].copy_(average);
            state.Counters = counters with { LeastMeasure = measure, BestIteration = counters.Iteration };
            return null;
        }

        return counters.Iteration - counters.BestIteration >= Settings.Patience
            ? FormattableString.Invariant($"{Name} at iteration {counters.Own}: least at {counters.BestOwn}, none lower for {Settings.Patience}")
            : null;
    }

    public override string AtTheLimit(SolverState state) => state.Counters.BestIteration > 0
        ? FormattableString.Invariant($"last iteration, {state.Counters.Own}: {Name} least at {state.Counters.BestOwn}")
        : FormattableString.Invariant($"last iteration, {state.Counters.Own}: too few for the {Name}");

    public override (Tensor Picture, int Iteration)? Frozen(SolverState state) => state.Counters.BestIteration > 0
        ? (state[Best], state.Counters.BestIteration)
        : null;

    protected abstract string Name { get; }

    /// <summary>The measure now, or <see langword="null"/> before there is one.</summary>
    protected abstract double? Measure(SolverState state, Tensor average);
}
