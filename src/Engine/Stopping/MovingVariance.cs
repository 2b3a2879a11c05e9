using DipPipeline.Engine.Optimisation;
using TorchSharp;
using static TorchSharp.torch;

namespace DipPipeline.Engine.Stopping;

/// <summary>
/// Wang et al., "Early Stopping for Deep Image Prior" (TMLR 2023): while the network fits the picture its output settles, and once it
/// fits the noise the output moves again, so the least variance of the output marks the best picture. The averaged output at the
/// minimum is frozen; the run ends after <see cref="StoppingSettings.Patience"/> iterations without a new one.
/// </summary>
internal abstract class MovingVariance(StoppingSettings settings) : StoppingRule
{
    private const string Best = "stop.best";

    protected StoppingSettings Settings { get; } = settings;

    public override void Prepare(SolverState state, long[] shape, Device device) => state.Add(Best, zeros(shape, float32, device));

    public override string? Check(SolverState state, double energy, Tensor average)
    {
        var counters = state.Counters;
        if (counters.Iteration < Settings.NotBefore || Variance(state) is not { } variance)
        {
            return null;
        }

        if (variance < counters.LeastVariance)
        {
            state[Best].copy_(average);
            state.Counters = counters with { LeastVariance = variance, BestIteration = counters.Iteration };
            return null;
        }

        return counters.Iteration - counters.BestIteration >= Settings.Patience
            ? FormattableString.Invariant($"{Name} at iteration {counters.Iteration}: least at {counters.BestIteration}, none lower for {Settings.Patience}")
            : null;
    }

    public override string AtTheLimit(SolverState state) => state.Counters.BestIteration > 0
        ? FormattableString.Invariant($"last iteration, {state.Counters.Iteration}: {Name} least at {state.Counters.BestIteration}")
        : FormattableString.Invariant($"last iteration, {state.Counters.Iteration}: too few for the {Name}");

    public override (Tensor Picture, int Iteration)? Frozen(SolverState state) => state.Counters.BestIteration > 0
        ? (state[Best], state.Counters.BestIteration)
        : null;

    protected abstract string Name { get; }

    /// <summary>The variance now, or <see langword="null"/> before there is one.</summary>
    protected abstract double? Variance(SolverState state);
}

/// <summary>
/// The exponential form, which keeps one picture: V ← (1−α)(V + α‖x − m‖²), m ← (1−α)m + αx.
/// </summary>
internal sealed class ExponentialVariance(StoppingSettings settings) : MovingVariance(settings)
{
    private const string Mean = "stop.mean";
    private const string Value = "stop.variance";

    protected override string Name => "moving variance";

    public override void Prepare(SolverState state, long[] shape, Device device)
    {
        base.Prepare(state, shape, device);
        state.Add(Mean, zeros(shape, float32, device));
        state.Add(Value, zeros([1], float32, device));
    }

    public override void Observe(SolverState state, Tensor x)
    {
        using var scope = NewDisposeScope();
        var (mean, alpha) = (state[Mean], Settings.VarianceAlpha);
        if (state.Counters.Iteration == 0)
        {
            mean.copy_(x);
            return;
        }

        var step = x - mean;
        state[Value].add_(step.square().mean(), alpha).mul_(1 - alpha);
        mean.add_(step, alpha);
    }

    // Before 1/α outputs the mean still leans on the first one.
    protected override double? Variance(SolverState state) => state.Counters.Iteration * Settings.VarianceAlpha < 1
        ? null
        : state[Value].item<float>();
}

/// <summary>The windowed form, which keeps every picture of the window: the mean squared distance to their mean.</summary>
internal sealed class WindowedVariance(StoppingSettings settings) : MovingVariance(settings)
{
    private const string Window = "stop.window";

    protected override string Name => "windowed moving variance";

    public override void Prepare(SolverState state, long[] shape, Device device)
    {
        base.Prepare(state, shape, device);
        state.Add(Window, zeros([Settings.VarianceWindow, .. shape[1..]], float32, device));
    }

    public override void Observe(SolverState state, Tensor x)
    {
        using var scope = NewDisposeScope();
        state[Window].narrow(0, state.Counters.Iteration % Settings.VarianceWindow, 1).copy_(x);
    }

    protected override double? Variance(SolverState state)
    {
        if (state.Counters.Iteration < Settings.VarianceWindow)
        {
            return null;
        }

        using var scope = NewDisposeScope();
        return state[Window].var([0], unbiased: false).mean().item<float>();
    }
}
